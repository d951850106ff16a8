import { expect, test } from 'vitest';
import { postFeatures } from '#test/http/analyses.ts';
import { postFile } from '#test/http/bodies.ts';
import { createTestApp, expectProblem } from '#test/http/harness.ts';
import { pngImage } from '#test/http/images.ts';

test('an unknown model is pointed at', async () => {
  const response = await postFeatures(createTestApp(), postFile(await pngImage()), '?model=other');
  const problem = await expectProblem(response, 404, 'model-not-found');
  expect(problem.errors?.map(({ pointer }) => pointer)).toEqual(['/model']);
});
