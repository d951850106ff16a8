import { describe, expect, test } from 'vitest';
import { createDirectDecoder } from '#src/decode/create-direct-decoder.ts';
import { AppError } from '#src/domain/app-error.ts';
import type { ImageEncoder } from '#src/ports/encoder.ts';
import type { ImagePreparer } from '#src/ports/image-preparer.ts';
import { expandFrames } from '#src/pipeline/expand-frames.ts';
import { createEmbedImages, type EmbedOptions } from '#src/pipeline/embed-images.ts';
import type { UploadItem } from '#src/pipeline/item-result.ts';
import { createDirectPreparer } from '#src/pipeline/prepare/create-direct-preparer.ts';
import { createStageTimings } from '#src/telemetry/stage-timings.ts';
import { createSystemClock } from '#src/telemetry/system-clock.ts';
import { readTiff } from '#test/golden/tiff/read-tiff-golden.ts';
import { pngImage } from '#test/http/images.ts';
import { catalogueOf, createTinyEncoder, tinyModel, tinySpec } from '#test/http/tiny-model.ts';

const clock = createSystemClock();
const direct = createDirectPreparer(createDirectDecoder(), clock);
const options: EmbedOptions = {
  model: undefined,
  granularity: 'image',
  window: 'full',
  resize: 'stretch',
  pooling: 'cls',
  normalize: true,
  dimensions: undefined,
};
const ctx = { signal: new AbortController().signal, deadlineMs: Date.now() + 10_000, requestId: 'r' };
const upload = (bytes: Uint8Array): UploadItem => ({ ok: true, bytes, declaredType: 'image/png' });

const create = (encoder: ImageEncoder = createTinyEncoder(), preparer: ImagePreparer = direct) =>
  createEmbedImages({
    preparer,
    encoder,
    clock,
    limits: { maxPixels: 1e6, maxBytes: 1e6 },
    catalogue: catalogueOf(tinyModel),
    defaultModel: tinySpec.name,
    itemConcurrency: 2,
  });

describe('before any file is decoded', () => {
  test.each([
    [{ window: 'dicom' }, 'unusable-input'],
    [{ window: 'nonsense' }, 'malformed-request'],
    [{ granularity: 'volume' }, 'unusable-input'],
    [{ model: 'other' }, 'model-not-found'],
    [{ dimensions: 7 }, 'malformed-request'],
  ] as const)('%j ends the call', async (change, code) => {
    const preparer = { prepare: () => Promise.reject(new Error('decoded')) };
    const embedding = create(createTinyEncoder(), preparer)(
      [upload(new Uint8Array(1))],
      { ...options, ...change },
      createStageTimings(),
      ctx,
    );
    await expect(embedding).rejects.toMatchObject({ code });
  });
});

describe('pages of one file', () => {
  test('travel to the decoder each alone, and the source says which they were', async () => {
    const bytes = readTiff('pages3.tif');
    const sizes: number[] = [];
    const preparer: ImagePreparer = {
      prepare: (request, context) => {
        sizes.push(request.bytes.byteLength);
        return direct.prepare(request, context);
      },
    };
    const file: UploadItem = { ok: true, bytes, declaredType: 'image/tiff' };
    const pages = await expandFrames([file], '2-3', { maxItems: 2 }, 4);
    const { items } = await create(createTinyEncoder(), preparer)(pages, options, createStageTimings(), ctx);
    expect(items).toMatchObject([
      { ok: true, value: { source: { fileIndex: 4, frameNumber: 2, frameCount: 3 } } },
      { ok: true, value: { source: { fileIndex: 4, frameNumber: 3, frameCount: 3 } } },
    ]);
    expect(Math.max(...sizes)).toBeLessThan(bytes.byteLength / 2);
  });
});

describe('stages', () => {
  test('are timed once per item, queue and infer once per model input', async () => {
    const recorded: string[] = [];
    const timings = createStageTimings((stage) => recorded.push(stage));
    const wide = await pngImage({ rows: 20, columns: 90 });
    const { items, tokenCount } = await create()(
      [upload(wide)],
      { ...options, resize: 'tile' },
      timings,
      ctx,
    );
    const inputs = items[0]!.ok ? items[0]!.value.geometries.length : 0;
    expect(inputs).toBeGreaterThan(1);
    const count = (stage: string) => recorded.filter((name) => name === stage).length;
    expect([count('decode'), count('preprocess'), count('postprocess')]).toEqual([1, 1, 1]);
    expect([count('queue'), count('infer')]).toEqual([inputs, inputs]);
    expect(tokenCount).toBe(inputs * 9);
  });

  test('get the context of the call: its signal, deadline and id travel to the encoder', async () => {
    const encoder = createTinyEncoder();
    await create(encoder)([upload(await pngImage())], options, createStageTimings(), ctx);
    expect(encoder.calls[0]!.ctx).toBe(ctx);
  });
});

test('a tile that fails fails its image, and no other', async () => {
  const encoder = createTinyEncoder(({ input }) =>
    input.geometry.offsetX < 0 ? new AppError('encoder-unavailable', 'Gone.') : undefined,
  );
  const items = [
    upload(await pngImage({ rows: 20, columns: 90 })),
    upload(await pngImage({ rows: 20, columns: 20 })),
  ];
  const result = await create(encoder)(items, { ...options, resize: 'tile' }, createStageTimings(), ctx);
  expect(result.items.map((item) => (item.ok ? 'ok' : item.error.code))).toEqual([
    'encoder-unavailable',
    'ok',
  ]);
  expect(result.tokenCount).toBe(9);
});

test('an item that could not be read keeps its error and its place', async () => {
  const error = new AppError('payload-too-large', 'Too large.');
  const { items } = await create()(
    [{ ok: false, error }, upload(await pngImage())],
    options,
    createStageTimings(),
    ctx,
  );
  expect(items[0]).toEqual({ index: 0, ok: false, error });
  expect(items[1]).toMatchObject({ index: 1, ok: true });
});
