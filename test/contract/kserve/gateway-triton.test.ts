import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startGateway, type RunningGateway } from '#test/support/start-gateway.ts';
import { cosine } from './client/cosine.ts';
import { startTarget, type KserveTarget } from './servers/kserve-target.ts';
import { findTritonVenv } from './servers/start-triton.ts';

const tritonVenv = findTritonVenv();

/** Two FP32 engines with the same weights and the same preprocessing. */
const minCosine = 0.9999;

const samples = [
  'samples/chest-xray/queries/normal-1.png',
  'samples/blood-smear/blood-smear.jpg',
  'samples/nuclei/nuclei.png',
] as const;

interface EmbeddingReply {
  readonly model: string;
  readonly data: readonly { readonly index: number; readonly embedding: readonly number[] }[];
  readonly provenance: Readonly<Record<string, unknown>>;
  readonly advisories: readonly { readonly code: string }[];
}

async function post(gateway: RunningGateway, fields: Readonly<Record<string, string>>): Promise<Response> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  for (const path of samples) form.append('file', new Blob([await readFile(path)]), basename(path));
  return fetch(`${gateway.url}/v1/embeddings`, { method: 'POST', body: form });
}

async function embed(
  gateway: RunningGateway,
  fields: Readonly<Record<string, string>>,
): Promise<EmbeddingReply> {
  const response = await post(gateway, fields);
  const body = await response.text();
  expect(response.status, body).toBe(200);
  return JSON.parse(body) as EmbeddingReply;
}

describe.skipIf(tritonVenv === undefined)('the gateway in front of a real Triton', () => {
  let triton: KserveTarget;
  let overTriton: RunningGateway;
  let overEmbedded: RunningGateway;
  const started: { stop(): Promise<unknown> }[] = [];
  const keep = <S extends { stop(): Promise<unknown> }>(server: S): S => {
    started.unshift(server);
    return server;
  };
  beforeAll(async () => {
    triton = keep(await startTarget('Triton', { tritonVenv }));
    overTriton = keep(await startGateway({ env: { TESSERA_ENCODER_URLS: triton.address } }));
    overEmbedded = keep(await startGateway());
  });
  afterAll(async () => {
    for (const server of started) await server.stop();
  });

  test.each([
    { model: 'demo_vit_224', pooling: 'cls' },
    { model: 'demo_vit_224', pooling: 'cls_patch_mean' },
    { model: 'demo_vit_448', pooling: 'patch_mean' },
  ])('$model, $pooling: the same files give the embeddings of the embedded encoder', async (fields) => {
    const real = await embed(overTriton, fields);
    const embedded = await embed(overEmbedded, fields);
    expect(real.data.map((item) => item.index)).toEqual([0, 1, 2]);
    for (const [index, item] of real.data.entries()) {
      const own = Float32Array.from(item.embedding);
      expect(cosine(own, Float32Array.from(embedded.data[index]!.embedding))).toBeGreaterThanOrEqual(
        minCosine,
      );
      const other = embedded.data[(index + 1) % samples.length]!;
      expect(cosine(own, Float32Array.from(other.embedding))).toBeLessThan(0.99);
    }
  });

  test('both announce one embedding space, so their vectors may be compared, and the demo advisory', async () => {
    const fields = { model: 'demo_vit_224' };
    const real = await embed(overTriton, fields);
    const embedded = await embed(overEmbedded, fields);
    expect(real.provenance['embeddingSpace']).toMatch(/^[0-9a-f]{64}$/);
    expect(real.provenance['embeddingSpace']).toBe(embedded.provenance['embeddingSpace']);
    expect(real.provenance['engine']).toBe('onnxruntime-cpu');
    expect(real.advisories.map((advisory) => advisory.code)).toContain('demo-weights');
  });

  test('when Triton is gone the reply is a 503 problem with Retry-After, and the gateway lives on', async () => {
    await triton.stop();
    const response = await post(overTriton, { model: 'demo_vit_224' });
    expect(response.status).toBe(503);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await fetch(`${overTriton.url}/livez`)).status).toBe(200);
  });
});
