import { expect, test } from 'vitest';
import { featureTensors } from '#test/http/analyses.ts';
import { postForm } from '#test/http/bodies.ts';
import { createTestApp } from '#test/http/harness.ts';
import { pngImage } from '#test/http/images.ts';

test('a failed file has no row, and its error stands in the metadata', async () => {
  const png = await pngImage();
  const { response, tensors, metadata } = await featureTensors(
    createTestApp(),
    postForm(['file', png.slice(0, 60)], ['file', png]),
  );
  expect(response.status).toBe(207);
  expect(tensors['patch_tokens']!.shape).toEqual([1, 2, 2, 8]);
  expect(Array.from(tensors['index']!.bytes)).toEqual([1, 0, 0, 0]);
  expect(JSON.parse(metadata['items']!)).toMatchObject([
    { index: 0, error: { code: 'undecodable-image', status: 422 } },
    { index: 1, inputs: [{ row: 0 }] },
  ]);
});
