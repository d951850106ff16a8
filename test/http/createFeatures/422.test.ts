import { expect, test } from 'vitest';
import { postFeatures } from '#test/http/analyses.ts';
import { postFile, postForm } from '#test/http/bodies.ts';
import { createTestApp, expectProblem } from '#test/http/harness.ts';
import { pngImage } from '#test/http/images.ts';
import { pooledModel, tinyModel } from '#test/http/tiny-model.ts';

const png = await pngImage();
const half = png.slice(0, 60);
const app = createTestApp();
const npy = async (init: RequestInit, query = ''): Promise<Response> => {
  const headers = new Headers(init.headers);
  headers.set('accept', 'application/x-npy');
  return postFeatures(app, { ...init, headers }, query);
};

test('a file that is cut off', async () => {
  await expectProblem(await postFeatures(app, postFile(half)), 422, 'undecodable-image');
});

test('npy holds one image: two of them, or the tiles of one, are told where to go', async () => {
  const two = await npy(await postForm(['file', png], ['file', png]));
  expect((await expectProblem(two, 422, 'unusable-input')).detail).toContain('safetensors');
  const large = await pngImage({ columns: 64, rows: 48 });
  await expectProblem(await npy(postFile(large), '?resize=tile'), 422, 'unusable-input');
});

test('npy has no place for an error: one failed file of two fails the call', async () => {
  const response = await npy(await postForm(['file', png], ['file', half]));
  const problem = await expectProblem(response, 422, 'undecodable-image');
  expect(problem.errors?.map(({ pointer }) => pointer)).toEqual(['/input/1']);
});

test('a model without patch tokens is told from one that has them', async () => {
  const own = createTestApp({ models: [tinyModel, pooledModel] });
  const response = await postFeatures(own, postFile(png), '?model=tiny_cnn_30');
  const { detail, errors } = await expectProblem(response, 422, 'unsupported-by-model');
  expect(detail).toBe('The model tiny_cnn_30 has no output patch_tokens. It offers: cls.');
  expect(errors?.map(({ pointer }) => pointer)).toEqual(['/model']);
  expect((await postFeatures(own, postFile(png))).status).toBe(200);
});
