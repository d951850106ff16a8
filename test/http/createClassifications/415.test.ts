import { expect, test } from 'vitest';
import { postClassifications } from '#test/http/analyses.ts';
import { postFile, postForm } from '#test/http/bodies.ts';
import { darkExamples, exampleParts } from '#test/http/examples.ts';
import { createTestApp, expectProblem } from '#test/http/harness.ts';

const dark = darkExamples[0]!;
const app = createTestApp();

test('an example that is not of its declared type fails the call and is named', async () => {
  const body = postForm(['file', dark], ['example:dark', dark, 'image/jpeg'], ...exampleParts);
  const problem = await expectProblem(await postClassifications(app, body), 415, 'media-type-mismatch');
  expect(problem.errors?.map(({ pointer }) => pointer)).toEqual(['/examples/0']);
});

test('a body that is none of the three ways in', async () => {
  await expectProblem(
    await postClassifications(app, postFile(dark, 'text/plain')),
    415,
    'unsupported-media-type',
  );
});
