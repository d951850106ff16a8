import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { grpc, type inference } from '#src/infer/triton/gen/protocol.js';
import packageJson from '../../../package.json' with { type: 'json' };
import {
  cosine,
  createKserveClient,
  floatsOf,
  inferRequest,
  stripes,
  type KserveClient,
} from './kserve-client.ts';
import {
  createTestRepository,
  startEncoder,
  stopEncoder,
  type RunningEncoder,
  type TestRepository,
} from './start-encoder.ts';

const { ServingStatus } = grpc.health.v1.HealthCheckResponse;
let repository: TestRepository;
let encoder: RunningEncoder;
let client: KserveClient;

beforeAll(async () => {
  repository = await createTestRepository();
  await repository.add('vit');
  await repository.addRaw(
    'broken_graph',
    'backend: "onnxruntime" max_batch_size: 1\ninput { name: "x" data_type: TYPE_FP32 dims: 1 } output { name: "y" data_type: TYPE_FP32 dims: 1 }',
    'no graph',
  );
  await repository.addRaw('broken_config', 'backend: {', '');
  encoder = await startEncoder({ TESSERA_MODEL_DIR: repository.folder, TESSERA_ENCODER_WORKERS: '2' });
  client = createKserveClient(encoder.address);
  await encoder.modelReady('vit');
});

afterAll(async () => {
  client.close();
  await stopEncoder(encoder);
  await repository.remove();
});

/** Resolves when the server says that it is ready; health.Watch tells, so nothing is polled. */
async function serverReady(): Promise<void> {
  const watch = client.watch('');
  for await (const { status } of watch as AsyncIterable<grpc.health.v1.HealthCheckResponse>) {
    if (status === ServingStatus.SERVING) break;
  }
}

describe('the embedded encoder', () => {
  test('announces its address and each model that is ready, and nothing else', () => {
    expect(encoder.announcements).toEqual([
      { event: 'listening', address: encoder.address },
      { event: 'model-ready', model: 'vit', version: '1' },
    ]);
  });

  test('answers ServerLive, ServerReady and ServerMetadata', async () => {
    await serverReady();
    expect((await client.call('serverLive', {})).live).toBe(true);
    expect((await client.call('serverReady', {})).ready).toBe(true);
    expect(await client.call('serverMetadata', {})).toMatchObject({
      name: 'tessera-encoder',
      version: packageJson.version,
      extensions: ['model_repository', 'model_configuration', 'statistics'],
    });
  });

  test('answers ModelReady with and without a version', async () => {
    const readiness = async (name: string, version = ''): Promise<boolean> =>
      (await client.call('modelReady', { name, version })).ready;
    expect(await readiness('vit')).toBe(true);
    expect(await readiness('vit', '1')).toBe(true);
    expect(await readiness('vit', '2')).toBe(false);
    expect(await readiness('nosuch')).toBe(false);
    expect(await readiness('broken_graph')).toBe(false);
  });

  test('answers ModelMetadata with the batch dimension as -1', async () => {
    const metadata = await client.call('modelMetadata', { name: 'vit' });
    expect(metadata).toMatchObject({ name: 'vit', versions: ['1'], platform: 'onnxruntime_onnx' });
    expect(metadata.inputs).toMatchObject([{ name: 'image', datatype: 'UINT8', shape: [-1, 3, 224, 224] }]);
    expect(metadata.outputs).toMatchObject([
      { name: 'cls', datatype: 'FP32', shape: [-1, 192] },
      { name: 'patch_mean', datatype: 'FP32', shape: [-1, 192] },
      { name: 'patch_tokens', datatype: 'FP16', shape: [-1, 196, 192] },
    ]);
  });

  test('answers ModelConfig as the file says, with its workers as the instances', async () => {
    const { config } = await client.call('modelConfig', { name: 'vit' });
    expect(config).toMatchObject({ name: 'vit', backend: 'onnxruntime', maxBatchSize: 32 });
    expect(config!.instanceGroup).toMatchObject([{ count: 2, kind: 2 }]);
    expect(config!.parameters!['tessera.engine']).toMatchObject({ stringValue: 'onnxruntime-cpu' });
  });

  test('answers ModelInfer with the outputs that are asked for, and all of them when none is', async () => {
    const one = await client.call('modelInfer', {
      ...inferRequest('vit', [stripes(1)], ['patch_mean']),
      id: 'a7',
    });
    expect(one).toMatchObject({ modelName: 'vit', modelVersion: '1', id: 'a7' });
    expect(one.outputs).toMatchObject([{ name: 'patch_mean', datatype: 'FP32', shape: [1, 192] }]);
    expect(one.rawOutputContents.map((raw) => raw.byteLength)).toEqual([768]);
    const all = await client.call('modelInfer', inferRequest('vit', [stripes(1), stripes(2)], []));
    expect(all.outputs.map(({ name, shape }) => [name, shape])).toEqual([
      ['cls', [2, 192]],
      ['patch_mean', [2, 192]],
      ['patch_tokens', [2, 196, 192]],
    ]);
    expect(all.rawOutputContents.map((raw) => raw.byteLength)).toEqual([1536, 1536, 2 * 196 * 192 * 2]);
    const mean = floatsOf(one.rawOutputContents[0]!);
    expect(mean.every(Number.isFinite)).toBe(true);
    // Another batch size may take another kernel: equal but for rounding.
    expect(cosine(mean, floatsOf(all.rawOutputContents[1]!).subarray(0, 192))).toBeGreaterThan(0.99999);
  });

  test('answers a stream in order, an error as the answer of its request alone', async () => {
    const stream = client.stream();
    stream.write({ ...inferRequest('vit', [stripes(1)]), id: 's1' });
    stream.write({ ...inferRequest('nosuch', [stripes(1)]), id: 's2' });
    stream.write({ ...inferRequest('vit', [stripes(2)]), id: 's3' });
    stream.end();
    const answers: inference.ModelStreamInferResponse[] = [];
    for await (const answer of stream as AsyncIterable<inference.ModelStreamInferResponse>)
      answers.push(answer);
    expect(answers.map(({ errorMessage, inferResponse }) => [errorMessage, inferResponse?.id])).toEqual([
      ['', 's1'],
      ["Request for unknown model: 'nosuch' is not found", 's2'],
      ['', 's3'],
    ]);
  });

  test('answers more stream requests than it works on at once', async () => {
    const stream = client.stream();
    for (let n = 0; n < 40; n += 1) stream.write({ ...inferRequest('vit', [stripes(n)]), id: String(n) });
    stream.end();
    const ids: (string | null | undefined)[] = [];
    for await (const { inferResponse } of stream as AsyncIterable<inference.ModelStreamInferResponse>) {
      ids.push(inferResponse?.id);
    }
    expect(ids).toEqual(Array.from({ length: 40 }, (_, n) => String(n)));
  });

  test('counts truthfully in ModelStatistics', async () => {
    const before = (await client.call('modelStatistics', { name: 'vit' })).modelStats[0]!;
    await client.call('modelInfer', inferRequest('vit', [stripes(1), stripes(2), stripes(3)]));
    const after = (await client.call('modelStatistics', { name: 'vit' })).modelStats[0]!;
    expect(after.inferenceCount! - before.inferenceCount!).toBe(3);
    expect(after.executionCount! - before.executionCount!).toBe(1);
    expect(after.lastInference).toBeGreaterThan(before.lastInference!);
    const stats = after.inferenceStats!;
    expect(stats.success!.count! - before.inferenceStats!.success!.count!).toBe(1);
    const parts = [stats.queue!, stats.computeInput!, stats.computeInfer!, stats.computeOutput!];
    const sum = parts.reduce((total, part) => total + part.ns!, 0);
    expect(sum).toBeLessThanOrEqual(stats.success!.ns! * 1.000001);
    expect(stats.computeInfer!.ns).toBeGreaterThan(stats.success!.ns! * 0.2);
    const ofThree = (each: typeof after): number =>
      each.batchStats!.find(({ batchSize }) => batchSize === 3)?.computeInfer!.count ?? 0;
    expect(ofThree(after) - ofThree(before)).toBe(1);
    expect((await client.call('modelStatistics', {})).modelStats.map(({ name }) => name)).toEqual(['vit']);
  });

  test('lists every model with its state and the reason of a broken one', async () => {
    await serverReady();
    const { models } = await client.call('repositoryIndex', {});
    const plain = models.map(({ name, version, state }) => ({ name, version, state }));
    expect(plain).toEqual([
      { name: 'broken_config', version: '', state: 'UNAVAILABLE' },
      { name: 'broken_graph', version: '1', state: 'UNAVAILABLE' },
      { name: 'vit', version: '1', state: 'READY' },
    ]);
    expect(models[0]!.reason).toMatch(/config\.pbtxt cannot be read: .*line 1/);
    expect(models[1]!.reason).toMatch(/model\.onnx/);
    expect(models[1]!.reason).not.toContain(repository.folder);
    const ready = await client.call('repositoryIndex', { ready: true });
    expect(ready.models.map(({ name }) => name)).toEqual(['vit']);
  });

  test('answers grpc.health.v1 Check and Watch', async () => {
    await serverReady();
    expect((await client.check('')).status).toBe(1);
    expect((await client.check('inference.GRPCInferenceService')).status).toBe(1);
    await expect(client.check('nosuch')).rejects.toMatchObject({ code: 5 });
    const watch = client.watch('nosuch');
    for await (const { status } of watch as AsyncIterable<grpc.health.v1.HealthCheckResponse>) {
      expect(status).toBe(3);
      break;
    }
  });

  test('answers UNIMPLEMENTED to what it does not serve', async () => {
    for (const method of ['SystemSharedMemoryStatus', 'TraceSetting', 'NoSuchMethod']) {
      await expect(client.unknown(`/inference.GRPCInferenceService/${method}`)).rejects.toMatchObject({
        code: 12,
      });
    }
  });
});
