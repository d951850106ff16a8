import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeModelRepository } from '#src/infer/repository/write-model-repository.ts';
import { loadModelSpecs } from '#src/infer/specs/load-model-specs.ts';
import { embeddingResponseSchema } from '#src/http/schemas/embeddings.ts';
import { modelListSchema } from '#src/http/schemas/models.ts';
import { readNpy } from '#test/support/read-arrays.ts';
import { startGateway, type RunningGateway } from '#test/support/start-gateway.ts';
import { until } from '#test/support/until.ts';
import { defineMetadataCases } from './kserve/cases/metadata-cases.ts';
import { inferImages } from './kserve/client/infer-images.ts';
import { imageNames, syntheticImage, type ImageName } from './kserve/client/synthetic-images.ts';
import { startTarget, type KserveTarget, type ServerKind } from './kserve/servers/kserve-target.ts';
import { findTritonVenv } from './kserve/servers/start-triton.ts';

const modelDir = 'test/fixtures/encoders';
/** FP32 sums of 48 products, and means of at most 36 of them; the file keeps six digits. */
const digits = 5;
/** FP16 keeps 11 bits: half a unit in the last place of a value below 4 is 1e-3. */
const halfDigits = 2;

interface Expected {
  readonly cls: readonly number[];
  readonly secondToken?: readonly number[];
}
type Model = 'tiny_cnn_22' | 'tiny_map_24';
const expected = JSON.parse(await readFile(`${modelDir}/expected.json`, 'utf8')) as Record<
  Model,
  Record<ImageName, Expected>
>;
const sides: Readonly<Record<Model, number>> = { tiny_cnn_22: 22, tiny_map_24: 24 };

function expectNear(actual: ArrayLike<number>, wanted: readonly number[], precision = digits): void {
  expect(actual).toHaveLength(wanted.length);
  wanted.forEach((value, i) => expect(actual[i], `value ${i}`).toBeCloseTo(value, precision));
}

/** A file whose pixels are those of the image. */
async function pngOf(name: ImageName, side: number): Promise<Blob> {
  const planes = syntheticImage(name, side);
  const pixels = Uint8Array.from(planes, (_, at) => planes[(at % 3) * side * side + Math.floor(at / 3)]!);
  const file = sharp(pixels, { raw: { width: side, height: side, channels: 3 } }).png();
  return new Blob([Uint8Array.from(await file.toBuffer())], { type: 'image/png' });
}

/** The models in a folder of their own, with the program that runs any of them in Triton's Python backend. */
async function copyModels(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tessera-encoders-'));
  await cp(modelDir, folder, { recursive: true });
  await cp('triton-models/python', join(folder, 'python'), { recursive: true });
  return folder;
}

const tritonVenv = findTritonVenv();
const servers = [
  { kind: 'embedded encoder', isAbsent: false },
  { kind: 'Triton', isAbsent: tritonVenv === undefined },
] as const;

describe.for(servers)('encoders that are not DINOv3, on a server: $kind', ({ kind, isAbsent }) => {
  describe.skipIf(isAbsent)('its answers', () => defineServerCases(kind));
});

function defineServerCases(kind: ServerKind): void {
  let folder: string;
  let target: KserveTarget;
  beforeAll(async () => {
    folder = await copyModels();
    const specs = await loadModelSpecs(folder);
    target = await startTarget(kind, { modelDir: folder, specs, tritonVenv });
  });
  afterAll(async () => {
    await target.stop();
    await rm(folder, { recursive: true });
  });

  defineMetadataCases(() => target);

  test.each(imageNames)(
    'what NumPy computes of the image "%s", and no output that the spec has not',
    async (name) => {
      for (const model of ['tiny_cnn_22', 'tiny_map_24'] as const) {
        const outputs = await inferImages(
          target.client,
          model,
          [syntheticImage(name, sides[model])],
          sides[model],
        );
        const { cls, secondToken } = expected[model][name];
        expectNear(outputs.get('cls')!.values, cls);
        if (secondToken === undefined) expect([...outputs.keys()]).toEqual(['cls']);
        // Of a map with ReLU and global pooling the mean of the tokens is the pooled vector.
        else {
          expectNear(outputs.get('patch_mean')!.values, cls);
          expectNear(outputs.get('patch_tokens')!.values.subarray(8, 16), secondToken, halfDigits);
        }
      }
    },
  );
}

describe('encoders that are not DINOv3, through the gateway', () => {
  let folder: string;
  let gateway: RunningGateway;
  beforeAll(async () => {
    folder = await copyModels();
    const specs = await loadModelSpecs(folder);
    await writeModelRepository({ specs, target: 'onnxruntime', outDir: folder, modelDir: folder });
    gateway = await startGateway({
      env: { TESSERA_MODEL_DIR: folder, TESSERA_DEFAULT_MODEL: 'tiny_map_24', TESSERA_LOG_LEVEL: 'error' },
    });
    // The gateway awaits its default model only.
    await until('both models are ready', async () => (await listModels()).every(({ isReady }) => isReady));
  });
  afterAll(async () => {
    await gateway.stop();
    await rm(folder, { recursive: true });
  });

  const listModels = async () =>
    modelListSchema.parse(await (await fetch(`${gateway.url}/v1/models`)).json()).data;

  const post = async (path: string, model: Model, query: string, accept = 'application/json') =>
    fetch(`${gateway.url}${path}?model=${model}${query}`, {
      method: 'POST',
      body: await pngOf('quadratic', sides[model]),
      headers: { accept, 'content-type': 'image/png' },
    });

  test('each says what it offers', async () => {
    const models = await listModels();
    expect(
      models.map(({ id, outputs, poolings, patchSize, isReady }) => ({
        id,
        outputs,
        poolings,
        patchSize,
        isReady,
      })),
    ).toEqual([
      { id: 'tiny_cnn_22', outputs: ['cls'], poolings: ['cls'], patchSize: null, isReady: true },
      {
        id: 'tiny_map_24',
        outputs: ['cls', 'patch_mean', 'patch_tokens'],
        poolings: ['cls', 'patch_mean', 'cls_patch_mean'],
        patchSize: 4,
        isReady: true,
      },
    ]);
  });

  test.each<Model>(['tiny_cnn_22', 'tiny_map_24'])(
    'the embedding of %s is what NumPy computes',
    async (model) => {
      const response = await post('/v1/embeddings', model, '&normalize=false');
      const reply = embeddingResponseSchema.parse(await response.json());
      expect(reply.provenance).toMatchObject({ model, pooling: 'cls', dimension: 8 });
      const [item] = reply.data;
      expectNear((item as { embedding: number[] }).embedding, expected[model].quadratic.cls);
    },
  );

  test('patch tokens of a map lie on its grid', async () => {
    const response = await post('/v1/features', 'tiny_map_24', '&dtype=fp32', 'application/x-npy');
    const { shape, bytes } = readNpy(new Uint8Array(await response.arrayBuffer()));
    expect(shape).toEqual([6, 6, 8]);
    expectNear(
      new Float32Array(bytes.buffer).slice(8, 16),
      expected.tiny_map_24.quadratic.secondToken!,
      halfDigits,
    );
  });

  test.each([
    ['/v1/embeddings', '&pooling=patch_mean', 'no pooling patch_mean. It offers: cls.'],
    ['/v1/features', '', 'no output patch_tokens. It offers: cls.'],
  ])('%s%s of a model without patches is refused, and the model named', async (path, query, words) => {
    const accept = path === '/v1/features' ? 'application/x-npy' : 'application/json';
    const response = await post(path, 'tiny_cnn_22', query, accept);
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({
      code: 'unsupported-by-model',
      detail: `The model tiny_cnn_22 has ${words}`,
    });
  });
});
