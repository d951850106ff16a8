import { expect, test } from 'vitest';
import { postFeatures } from '#test/http/analyses.ts';
import { postFile, postJson } from '#test/http/bodies.ts';
import { expectLoopbackOnly } from '#test/http/cases.ts';
import { createTestApp, expectProblem } from '#test/http/harness.ts';
import { pngImage } from '#test/http/images.ts';

test('without keys, only this machine’s own programs get features', async () => {
  await expectLoopbackOnly({ path: '/v1/features', init: postFile(await pngImage()) });
});

test('an address is not fetched', async () => {
  const response = await postFeatures(createTestApp(), postJson({ input: 'https://example.org/a.png' }));
  expect((await expectProblem(response, 403, 'url-not-allowed')).detail).not.toContain('example.org');
});
