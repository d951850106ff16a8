import { createHash } from 'node:crypto';
import { openAsBlob, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTesseraClient } from '#src/client/create-tessera-client.ts';
import type { UploadProgress } from '#src/client/exchange.ts';
import type { EmbeddingReply, TesseraClient } from '#src/client/tessera-client.ts';
import { cosine } from '#test/contract/kserve/client/cosine.ts';
import { startGateway, type RunningGateway } from '#test/support/start-gateway.ts';
import { until } from '#test/support/until.ts';

const folder = join(import.meta.dirname, '../../../samples/chest-xray');
const read = (name: string): Buffer => readFileSync(join(folder, name));
const normal = read('queries/normal-1.png');
const pneumonia = read('queries/pneumonia-1.png');
const dataUri = (bytes: Buffer): string => `data:image/png;base64,${bytes.toString('base64')}`;
const apiKey = 'integration-key';

let gateway: RunningGateway;
let client: TesseraClient;
beforeAll(async () => {
  gateway = await startGateway({
    env: { TESSERA_API_KEYS: `sha256:${createHash('sha256').update(apiKey).digest('hex')}` },
  });
  client = createTesseraClient({ baseUrl: gateway.url, apiKey });
});
afterAll(async () => {
  await gateway.stop();
});

const vectorsOf = ({ data }: EmbeddingReply): readonly Float32Array[] =>
  data.map((item) => {
    if (item.object === 'error') throw new Error(item.error.detail);
    return item.embedding;
  });

describe('embeddings', () => {
  it('of every kind of input are the numbers that the service gives as JSON', async () => {
    const form = new FormData();
    form.append('file', new Blob([normal]));
    const plain = await fetch(`${gateway.url}/v1/embeddings`, {
      method: 'POST',
      body: form,
      headers: { authorization: `Bearer ${apiKey}` },
    });
    const { data } = (await plain.json()) as { data: { embedding: number[] }[] };
    const expected = Float32Array.from(data[0]!.embedding);
    const inputs = [
      normal,
      new Uint8Array(normal).buffer,
      await openAsBlob(join(folder, 'queries/normal-1.png'), { type: 'image/png' }),
      new File([normal], 'name.png', { type: 'image/png' }),
      new Blob([normal]).stream(),
      dataUri(normal),
    ];
    for (const input of inputs) {
      const reply = await client.createEmbeddings(input);
      const [vector] = vectorsOf(reply);
      expect(vector).toHaveLength(reply.provenance.dimension);
      expect(cosine(vector!, expected)).toBeGreaterThan(0.999999);
      expect(reply.reply).toMatchObject({ status: 200, requestId: expect.any(String) as string });
      expect(reply.reply.serverTiming).toContain('total;dur=');
    }
  });

  it('obey the options', async () => {
    const reply = await client.createEmbeddings(normal, { pooling: 'patch_mean', normalize: false });
    expect(reply.provenance).toMatchObject({ pooling: 'patch_mean', normalized: false });
    expect(Math.hypot(...vectorsOf(reply)[0]!)).not.toBeCloseTo(1, 2);
  });

  it('of some broken files come with the reason, in the order of the files', async () => {
    const reply = await client.createEmbeddings([normal, normal.subarray(0, 60), pneumonia]);
    expect(reply.reply.status).toBe(207);
    expect(reply.data.map(({ object, index }) => [object, index])).toEqual([
      ['embedding', 0],
      ['error', 1],
      ['embedding', 2],
    ]);
  });

  it('as a file are npy or safetensors', async () => {
    const npy = await client.createEmbeddingsFile([normal, pneumonia], 'npy');
    expect(String.fromCharCode(...npy.bytes.subarray(1, 6))).toBe('NUMPY');
    expect(npy).toMatchObject({ mediaType: 'application/x-npy' });
    expect(npy.headers.get('x-tessera-embedding-space')).not.toBeNull();
    const tensors = await client.createEmbeddingsFile(dataUri(normal), 'safetensors');
    expect(tensors.bytes[8]).toBe('{'.charCodeAt(0));
  });
});

describe('a stream of embeddings', () => {
  it('gives a line per image and the summary, reading images as it goes', async () => {
    const images = async function* () {
      for (let index = 0; index < 20; index += 1)
        yield await Promise.resolve(index === 7 ? new Uint8Array(9) : normal);
    };
    const lines = await Array.fromAsync(client.streamEmbeddings(images(), { pooling: 'cls' }));
    const single = vectorsOf(await client.createEmbeddings(normal))[0]!;
    expect(lines.at(-1)).toMatchObject({
      object: 'summary',
      status: 207,
      itemCount: 20,
      succeeded: 19,
      failed: 1,
    });
    const items = lines.slice(0, -1).flatMap((line) => (line.object === 'summary' ? [] : [line]));
    expect(items.map(({ index }) => index).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 20 }, (_, i) => i),
    );
    for (const item of items) {
      expect(item.object === 'error').toBe(item.index === 7);
      if (item.object === 'embedding') expect(cosine(item.embedding, single)).toBeGreaterThan(0.99999);
    }
  });

  it('gives results while images are still to come', async () => {
    let given = 0;
    const { promise: firstLine, resolve: onFirstLine } = Promise.withResolvers<undefined>();
    const images = async function* () {
      yield normal;
      // Nothing more is sent before the first result has come back: were it held back, this would never end.
      await firstLine;
      given += 1;
      yield pneumonia;
    };
    const seen: string[] = [];
    for await (const line of client.streamEmbeddings(images())) {
      if (seen.length === 0) expect(given).toBe(0);
      seen.push(line.object);
      onFirstLine(undefined);
    }
    expect(seen).toEqual(['embedding', 'embedding', 'summary']);
  });

  it('that nobody reads on ends the upload, and its source is told', async () => {
    let isClosed = false;
    const endless = async function* () {
      try {
        for (;;) yield await Promise.resolve(normal);
      } finally {
        isClosed = true;
      }
    };
    for await (const line of client.streamEmbeddings(endless())) {
      expect(line.object).toBe('embedding');
      break;
    }
    await until('the source is closed', () => isClosed);
  });

  it('ends with the reason of its signal', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const endless = async function* () {
      for (;;) yield await Promise.resolve(normal);
    };
    const reading = async (): Promise<void> => {
      for await (const line of client.streamEmbeddings(endless(), {}, { signal: controller.signal })) {
        expect(line.object).toBe('embedding');
        controller.abort(reason);
      }
    };
    await expect(reading()).rejects.toBe(reason);
  });
});

describe('classifications', () => {
  const taught = ['normal', 'pneumonia'].flatMap((label) =>
    [1, 2, 3].map((number) => ({ label: `${label} "x"`, image: read(`examples/${label}-${number}.png`) })),
  );

  it('name the nearest label, a label that needs escapes among them, from bytes and from data URIs alike', async () => {
    const fromBytes = await client.createClassifications([normal, pneumonia], taught, {
      method: 'knn',
      k: 3,
    });
    const fromText = await client.createClassifications(
      [normal, pneumonia].map(dataUri),
      taught.map(({ label, image }) => ({ label, image: dataUri(image) })),
      { method: 'knn', k: 3 },
    );
    expect(fromBytes.data).toEqual(fromText.data);
    expect(fromBytes.classes.map(({ label, exampleCount }) => [label, exampleCount])).toEqual([
      ['normal "x"', 3],
      ['pneumonia "x"', 3],
    ]);
    expect(fromBytes.method).toMatchObject({ name: 'knn', k: 3 });
    expect(fromBytes.data).toHaveLength(2);
  });
});

describe('the rest of the surface', () => {
  it('features come with their geometry', async () => {
    const { bytes, headers } = await client.createFeatures(normal, 'npy', { dtype: 'fp32' });
    // 14 × 14 patches of 192 float32 after the header.
    expect(bytes.byteLength).toBeGreaterThan(14 * 14 * 192 * 4);
    expect(JSON.parse(headers.get('x-tessera-geometry')!)).toMatchObject({ mode: 'stretch' });
  });

  it('has a method for every operation but the pages for people', async () => {
    const document = (await client.openapi()) as {
      paths: Record<string, Record<string, { operationId: string }>>;
    };
    const operations = Object.values(document.paths).flatMap((path) =>
      Object.values(path).map(({ operationId }) => operationId),
    );
    const methods = Object.keys(client);
    expect(operations.filter((id) => !methods.includes(id))).toEqual(['docs', 'docsAsset']);
    // More than one way to ask for the same operation.
    expect(methods.filter((name) => !operations.includes(name))).toEqual([
      'createEmbeddingsFile',
      'streamEmbeddings',
    ]);
  });

  it('tells about models and itself', async () => {
    const { data } = await client.listModels();
    expect(await client.getModel(data[0]!.id)).toEqual(data[0]);
    expect(await client.livez()).toEqual({ status: 'alive' });
    expect(await client.readyz()).toMatchObject({ status: 'ready' });
    expect((await client.version()).version).toMatch(/^\d/);
    expect(await client.metrics()).toContain('# HELP');
  });

  it('refuses with problems that say what is wrong', async () => {
    const stranger = createTesseraClient({ baseUrl: gateway.url, apiKey: 'wrong' });
    await expect(stranger.listModels()).rejects.toMatchObject({ status: 401, code: 'unauthenticated' });
    await expect(client.getModel('none')).rejects.toMatchObject({ code: 'model-not-found' });
    const wrong = client.createEmbeddings(normal, { window: '' });
    await expect(wrong).rejects.toMatchObject({
      status: 400,
      code: 'malformed-request',
      errors: [expect.objectContaining({ pointer: '/window' }) as object],
      requestId: expect.any(String) as string,
    });
  });
});

describe('the progress of an upload', () => {
  it('counts up to the length of the body', async () => {
    const steps: UploadProgress[] = [];
    await client.createEmbeddings([normal, pneumonia], {}, { onUploadProgress: (step) => steps.push(step) });
    const totalBytes = steps[0]!.totalBytes!;
    expect(totalBytes).toBeGreaterThan(normal.byteLength + pneumonia.byteLength);
    expect(steps.at(-1)).toEqual({ sentBytes: totalBytes, totalBytes });
    expect(steps.map(({ sentBytes }) => sentBytes)).toEqual(
      steps.map(({ sentBytes }) => sentBytes).sort((a, b) => a - b),
    );
    expect(steps.length).toBeGreaterThan(2);
  });

  it('of streams has no total', async () => {
    const steps: UploadProgress[] = [];
    const stream = new Blob([normal]).stream();
    await client.createEmbeddings(stream, {}, { onUploadProgress: (step) => steps.push(step) });
    expect(new Set(steps.map(({ totalBytes }) => totalBytes))).toEqual(new Set([undefined]));
    expect(steps.at(-1)!.sentBytes).toBeGreaterThan(normal.byteLength);
  });
});

describe('a signal', () => {
  it('ends a call that is under way', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const { promise: neverEnds } = Promise.withResolvers<undefined>();
    const stuck = new ReadableStream<Uint8Array>({
      async pull(streamController) {
        streamController.enqueue(new Uint8Array(normal));
        controller.abort(reason);
        await neverEnds;
      },
    });
    await expect(client.createEmbeddings(stuck, {}, { signal: controller.signal })).rejects.toBe(reason);
  });
});
