import { expect, test } from 'vitest';
import { postFeatures } from '#test/http/analyses.ts';
import { postFile, postForm } from '#test/http/bodies.ts';
import { createTestApp, expectProblem } from '#test/http/harness.ts';
import { pngImage } from '#test/http/images.ts';

const png = await pngImage();
const app = createTestApp();

test.each([
  ['?dtype=fp64', '/dtype'],
  ['?pooling=cls', '/pooling'],
  ['?frames=0', '/frames'],
])('%s is pointed at', async (query, pointer) => {
  const problem = await expectProblem(
    await postFeatures(app, postFile(png), query),
    400,
    'malformed-request',
  );
  expect(problem.errors?.map((fault) => fault.pointer)).toEqual([pointer]);
});

test('examples teach nothing here, and are not ignored', async () => {
  const response = await postFeatures(app, postForm(['file', png], ['example:a', png]));
  await expectProblem(response, 400, 'malformed-request');
});
