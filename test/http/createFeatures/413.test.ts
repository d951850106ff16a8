import { expect, test } from 'vitest';
import { featureTensors, postFeatures } from '#test/http/analyses.ts';
import { postFile, postForm } from '#test/http/bodies.ts';
import { createTestApp, expectProblem } from '#test/http/harness.ts';
import { forgedPng, pngImage } from '#test/http/images.ts';
import { createTinyEncoder } from '#test/http/tiny-model.ts';

const png = await pngImage();
/** FP32 bytes of the tiny model's 2×2 patches of 8 values. */
const inputBytes = 2 * 2 * 8 * 4;

test('an image with too many pixels', async () => {
  const response = await postFeatures(createTestApp(), postFile(await forgedPng(40_000, 40_000)));
  await expectProblem(response, 413, 'image-too-large');
});

test('features beyond the limit of a request are refused before they are computed', async () => {
  const encoder = createTinyEncoder();
  const app = createTestApp({ encoder, maxFeatureBytes: inputBytes - 1 });
  await expectProblem(await postFeatures(app, postFile(png)), 413, 'payload-too-large');
  expect(encoder.calls).toEqual([]);
});

test('the limit counts all images of a request: those within it are answered', async () => {
  const app = createTestApp({ maxFeatureBytes: 2 * inputBytes });
  const { response, metadata } = await featureTensors(
    app,
    postForm(['file', png], ['file', png], ['file', png]),
  );
  expect(response.status).toBe(207);
  const items = JSON.parse(metadata['items']!) as { error?: { code: string } }[];
  expect(items.filter(({ error }) => error?.code === 'payload-too-large')).toHaveLength(1);
});
