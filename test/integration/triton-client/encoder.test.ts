import { status } from '@grpc/grpc-js';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { OutputName } from '#src/domain/encoder-output.ts';
import type { ModelInput } from '#src/domain/model-input.ts';
import { createTritonEncoder, type TritonEncoder } from '#src/infer/triton/create-triton-encoder.ts';
import type { TritonClient } from '#src/infer/triton/create-triton-client.ts';
import { createSystemClock } from '#src/telemetry/system-clock.ts';
import { settleTurn } from '#test/support/manual-clock.ts';
import { tinyModelInput } from '#test/support/tiny-model-input.ts';
import { tinyConfig, tinySpec } from '#test/unit/infer/triton/model-fixtures.ts';
import { callContext, clientForTest, rejection, serverForTest, untilEndpoints } from './client-under-test.ts';
import { answerTiny, refuse, type TritonServer } from './triton-server.ts';

function encoderForTest(targets: readonly string[]): TritonEncoder & { readonly client: TritonClient } {
  const client = clientForTest({ targets });
  const encoder = createTritonEncoder({
    client,
    specs: [tinySpec],
    clock: createSystemClock(),
    inspectIntervalMs: 50,
    inspectFastIntervalMs: 10,
  });
  onTestFinished(() => encoder.close());
  encoder.start();
  return { ...encoder, client };
}
async function readyEncoder(...servers: readonly TritonServer[]) {
  const encoder = encoderForTest(servers.map(({ target }) => target));
  await encoder.whenReady('tiny_32');
  return encoder;
}
const image = (pixel: number): ModelInput => ({
  channels: 3,
  height: 32,
  width: 32,
  pixels: new Uint8Array(3 * 32 * 32).fill(pixel),
  geometry: tinyModelInput(0).geometry,
});
const batch = (pixels: readonly number[], outputs: readonly OutputName[] = ['cls']) => ({
  modelName: 'tiny_32',
  inputs: pixels.map(image),
  outputs,
});
/** Asks the servers again until the catalogue satisfies the predicate. */
async function untilModel(encoder: TritonEncoder, predicate: (isReady: boolean, reason: string) => boolean) {
  for (;;) {
    const model = encoder.catalogue.find('tiny_32')!;
    if (predicate(model.isReady, model.notReadyReason ?? '')) return model;
    await Promise.all([encoder.refresh(), settleTurn()]);
  }
}

describe('encoding a batch', () => {
  test('output i belongs to input i, and only what was asked for comes back', async () => {
    const { encoder } = await readyEncoder(await serverForTest());
    const outputs = await encoder.encodeBatch(batch([5, 6, 7], ['cls', 'patch_tokens']), callContext());
    expect(outputs.map(({ clsToken }) => clsToken?.[0])).toEqual([5, 6, 7]);
    expect(outputs.map(({ patchTokens }) => [patchTokens?.length, patchTokens?.[31]])).toEqual([
      [32, 0x3c05],
      [32, 0x3c06],
      [32, 0x3c07],
    ]);
    expect(outputs[0]).not.toHaveProperty('patchMean');
  });

  test('an empty batch asks nobody', async () => {
    const server = await serverForTest();
    const { encoder } = await readyEncoder(server);
    expect(await encoder.encodeBatch(batch([]), callContext())).toEqual([]);
    expect(server.inferCount()).toBe(0);
  });

  test('a model without a spec is not found', async () => {
    const triton = await readyEncoder(await serverForTest());
    const err = await rejection(
      triton.encoder.encodeBatch({ ...batch([1]), modelName: 'other' }, callContext()),
    );
    expect(err).toMatchObject({ code: 'model-not-found' });
    expect(await rejection(triton.whenReady('other'))).toMatchObject({ code: 'model-not-found' });
  });

  test.each<[string, (server: TritonServer) => void]>([
    ['NaN', (server) => (server.infer = tampered((raw) => raw.writeFloatLE(NaN, 4)))],
    ['too few bytes', (server) => (server.infer = tampered((raw) => raw.subarray(4)))],
    ['the outputs of fewer images', (server) => (server.infer = fewerImages)],
    ['nothing', (server) => (server.infer = (_call, reply) => reply(null, {}))],
    ['a refusal of the request', (server) => (server.infer = refuse(status.INVALID_ARGUMENT))],
  ])('a server that answers %s has broken the protocol', async (_name, spoil) => {
    const server = await serverForTest();
    const { encoder } = await readyEncoder(server);
    spoil(server);
    const err = await rejection(encoder.encodeBatch(batch([1, 2]), callContext()));
    expect(err).toMatchObject({ code: 'encoder-protocol-error' });
  });
});

describe('the catalogue', () => {
  test('shows a model that agrees, with the engine that the server announces', async () => {
    const { catalogue, encoder } = await readyEncoder(await serverForTest());
    expect(catalogue.list()).toEqual([{ spec: tinySpec, engine: 'onnxruntime-cpu', isReady: true }]);
    expect(catalogue.find('other')).toBeUndefined();
    expect(encoder.capacity('tiny_32')).toBe(2);
  });

  test('refuses a model that disagrees, says how, sends it nothing, and takes it when it is mended', async () => {
    const server = await serverForTest();
    server.config = { ...tinyConfig, maxBatchSize: 2 };
    const triton = encoderForTest([server.target]);
    await untilEndpoints(triton.client, ([endpoint]) => endpoint?.state === 'healthy');
    const refused = await untilModel(triton, (_isReady, reason) => reason.includes('max_batch_size'));
    expect(refused.notReadyReason).toBe('encoder-0: max_batch_size 2, expected 4');
    const err = await rejection(triton.encoder.encodeBatch(batch([1]), callContext()));
    expect(err).toMatchObject({ code: 'model-not-ready', retryAfterSeconds: 1 });
    expect(server.inferCount()).toBe(0);
    server.config = tinyConfig;
    await triton.whenReady('tiny_32');
    await triton.encoder.encodeBatch(batch([1]), callContext());
  });

  test('a server that does not know the model is said to, and one that loads it later is found', async () => {
    const server = await serverForTest();
    server.failure = { code: status.NOT_FOUND, details: "Request for unknown model: 'tiny_32' is not found" };
    const triton = encoderForTest([server.target]);
    const model = await untilModel(triton, (_isReady, reason) => reason.includes('does not serve'));
    expect(model.notReadyReason).toBe('encoder-0: The encoder does not serve this model.');
    server.failure = undefined;
    await triton.whenReady('tiny_32');
  });

  test('batches go only to the endpoints whose model agrees; their instances add up to the capacity', async () => {
    const servers = [await serverForTest(), await serverForTest(), await serverForTest()];
    const [good, other] = [servers[0]!, servers[1]!];
    other.metadata = { ...other.metadata, versions: ['9'] };
    const triton = await readyEncoder(...servers);
    while (triton.encoder.capacity('tiny_32') < 4) await triton.refresh();
    await Promise.all([1, 2, 3, 4].map((pixel) => triton.encoder.encodeBatch(batch([pixel]), callContext())));
    expect(triton.encoder.capacity('tiny_32')).toBe(4);
    expect(other.inferCount()).toBe(0);
    expect(good.inferCount()).toBeGreaterThan(0);
  });
});

describe('servers that come and go', () => {
  test('without a server the model is not ready, and becomes so when one arrives', async () => {
    const gone = await serverForTest();
    gone.kill();
    const triton = encoderForTest([gone.target]);
    await untilEndpoints(triton.client, ([endpoint]) => endpoint?.state === 'unreachable');
    expect(triton.catalogue.find('tiny_32')).toMatchObject({
      isReady: false,
      notReadyReason: 'encoder-0: unreachable (no connection)',
    });
    const err = await rejection(triton.encoder.encodeBatch(batch([1]), callContext()));
    expect(err).toMatchObject({ code: 'encoder-unavailable', retryAfterSeconds: 1 });
    expect(triton.encoder.capacity('tiny_32')).toBe(1);
    await serverForTest({ port: gone.port });
    await triton.whenReady('tiny_32');
    expect(await triton.encoder.encodeBatch(batch([3]), callContext())).toHaveLength(1);
  });

  test('a server that comes back with another model is asked again before it is used', async () => {
    const server = await serverForTest();
    const triton = await readyEncoder(server);
    server.kill();
    await untilModel(triton, (isReady) => !isReady);
    const changed = await serverForTest({ port: server.port });
    changed.config = {
      ...tinyConfig,
      parameters: { 'tessera.weights_digest': { stringValue: 'cd'.repeat(32) } },
    };
    const model = await untilModel(triton, (_isReady, reason) => reason.includes('digest'));
    expect(model.isReady).toBe(false);
    expect(changed.inferCount()).toBe(0);
  });

  test('a model that is unloaded under way is not ready at once', async () => {
    const server = await serverForTest();
    const triton = await readyEncoder(server);
    server.failure = {
      code: status.NOT_FOUND,
      details: "Request for unknown model: 'tiny_32' has no available versions",
    };
    const err = await rejection(triton.encoder.encodeBatch(batch([1]), callContext()));
    expect(err).toMatchObject({ code: 'model-not-ready' });
    const model = await untilModel(triton, (isReady) => !isReady);
    expect(model.notReadyReason).toContain('unloaded');
  });

  test('a server too busy to be inspected keeps the models it has shown', async () => {
    const server = await serverForTest();
    const triton = await readyEncoder(server);
    server.failure = { code: status.RESOURCE_EXHAUSTED, details: 'busy' };
    await triton.refresh();
    expect(triton.catalogue.find('tiny_32')?.isReady).toBe(true);
  });
});

/** Answers with the first output's bytes changed. */
function tampered(change: (raw: Buffer) => unknown): TritonServer['infer'] {
  return (call, reply) =>
    answerTiny(call, (err, response) => {
      const raw = Buffer.from(response!.rawOutputContents![0] as Uint8Array);
      const changed = change(raw);
      reply(err, { ...response, rawOutputContents: [changed instanceof Buffer ? changed : raw] });
    });
}

const fewerImages: TritonServer['infer'] = (call, reply) =>
  answerTiny(call, (err, response) => {
    const raw = response!.rawOutputContents![0] as Uint8Array;
    reply(err, {
      ...response,
      outputs: [{ ...response!.outputs![0]!, shape: [1, 8] }],
      rawOutputContents: [raw.subarray(0, 32)],
    });
  });
