import { expect, test } from 'vitest';
import { postClassifications } from '#test/http/analyses.ts';
import { postForm } from '#test/http/bodies.ts';
import { darkExamples, exampleParts } from '#test/http/examples.ts';
import { createTestApp, expectProblem } from '#test/http/harness.ts';
import { createTinyEncoder, pooledModel, tinyModel } from '#test/http/tiny-model.ts';

const dark = darkExamples[0]!;
const half = Uint8Array.from(dark.subarray(0, 60));
const app = createTestApp();

test('an example that is cut off fails the call and is named', async () => {
  const body = postForm(['file', dark], ...exampleParts, ['example:dark', half]);
  const problem = await expectProblem(await postClassifications(app, body), 422, 'undecodable-image');
  expect(problem.errors?.map(({ pointer }) => pointer)).toEqual([`/examples/${exampleParts.length}`]);
});

test('the only file to judge is cut off', async () => {
  const response = await postClassifications(app, postForm(['file', half], ...exampleParts));
  await expectProblem(response, 422, 'undecodable-image');
});

test('a still image is no volume', async () => {
  const response = await postClassifications(
    app,
    postForm(['file', dark], ...exampleParts),
    '?granularity=volume',
  );
  await expectProblem(response, 422, 'unusable-input');
});

test.each(['patch_mean', 'cls_patch_mean'])('pooling=%s of a model without patches', async (pooling) => {
  const encoder = createTinyEncoder();
  const own = createTestApp({ encoder, models: [tinyModel, pooledModel] });
  const response = await postClassifications(
    own,
    postForm(['file', dark], ...exampleParts),
    `?model=tiny_cnn_30&pooling=${pooling}`,
  );
  const { detail, errors } = await expectProblem(response, 422, 'unsupported-by-model');
  expect(detail).toBe(`The model tiny_cnn_30 has no pooling ${pooling}. It offers: cls.`);
  expect(errors).toEqual([{ pointer: '/pooling', detail: 'Must be one of: cls.' }]);
  expect(encoder.calls).toEqual([]);
});
