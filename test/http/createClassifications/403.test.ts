import { test } from 'vitest';
import { postClassifications } from '#test/http/analyses.ts';
import { postForm, postJson } from '#test/http/bodies.ts';
import { expectLinkFollowed, expectLoopbackOnly } from '#test/http/cases.ts';
import { brightExamples, darkExamples, exampleParts } from '#test/http/examples.ts';
import { createTestApp, expectProblem } from '#test/http/harness.ts';
import { dataUri } from '#test/http/images.ts';

const init = await postForm(['file', darkExamples[0]!], ...exampleParts);

test('without keys, only this machine’s own programs classify', async () => {
  await expectLoopbackOnly({ path: '/v1/classifications', init });
  await expectLinkFollowed({ path: '/v1/classifications', init }, 403);
});

test('the address of an example is not fetched', async () => {
  const examples = [
    { label: 'dark', input: 'https://example.org/dark.png' },
    { label: 'bright', input: dataUri(brightExamples[0]!) },
  ];
  const response = await postClassifications(
    createTestApp(),
    postJson({ input: dataUri(darkExamples[0]!), examples }),
  );
  await expectProblem(response, 403, 'url-not-allowed');
});
