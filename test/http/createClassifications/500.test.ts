import { test } from 'vitest';
import { postForm } from '#test/http/bodies.ts';
import { expectInternalHidden, secret } from '#test/http/cases.ts';
import { darkExamples, exampleParts } from '#test/http/examples.ts';
import { createTinyEncoder } from '#test/http/tiny-model.ts';

test('an error out of the encoder is told as an internal error only', async () => {
  const encoder = createTinyEncoder(() => new Error(secret));
  const init = await postForm(['file', darkExamples[0]!], ...exampleParts);
  await expectInternalHidden({ encoder }, { path: '/v1/classifications', init });
});
