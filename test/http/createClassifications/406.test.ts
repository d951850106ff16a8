import { test } from 'vitest';
import { postForm } from '#test/http/bodies.ts';
import { expectAcceptHeeded } from '#test/http/cases.ts';
import { darkExamples, exampleParts } from '#test/http/examples.ts';

test('the reply is JSON; who does not take it is told', async () => {
  const init = await postForm(['file', darkExamples[0]!], ...exampleParts);
  await expectAcceptHeeded({ path: '/v1/classifications', init });
});
