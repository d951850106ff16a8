import { test } from 'vitest';
import { postForm } from '#test/http/bodies.ts';
import { expectKeyNeeded } from '#test/http/cases.ts';
import { darkExamples, exampleParts } from '#test/http/examples.ts';

test('with keys set, only a known key classifies', async () => {
  const init = await postForm(['file', darkExamples[0]!], ...exampleParts);
  await expectKeyNeeded({ path: '/v1/classifications', init });
});
