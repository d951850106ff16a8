import { expect, test } from 'vitest';
import { postClassifications } from '#test/http/analyses.ts';
import { postForm } from '#test/http/bodies.ts';
import { darkExamples, exampleParts } from '#test/http/examples.ts';
import { createTestApp, expectProblem } from '#test/http/harness.ts';

test('an unknown model is pointed at', async () => {
  const body = postForm(['file', darkExamples[0]!], ...exampleParts, ['model', 'other']);
  const problem = await expectProblem(
    await postClassifications(createTestApp(), body),
    404,
    'model-not-found',
  );
  expect(problem.errors?.map(({ pointer }) => pointer)).toEqual(['/model']);
});
