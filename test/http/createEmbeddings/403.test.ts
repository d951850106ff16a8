import { expect, test } from 'vitest';
import { postEmbeddings } from '#test/http/analyses.ts';
import { postFile, postJson } from '#test/http/bodies.ts';
import { expectLinkFollowed, expectLoopbackOnly } from '#test/http/cases.ts';
import { createTestApp, expectProblem } from '#test/http/harness.ts';
import { pngImage } from '#test/http/images.ts';

const call = { path: '/v1/embeddings', init: postFile(await pngImage()) };

test('without keys, only this machine’s own programs embed: no rebound host name, no foreign page', async () => {
  await expectLoopbackOnly(call);
});

test('a form of another site that navigates here is refused', async () => {
  await expectLinkFollowed(call, 403);
});

test.each(['https://example.org/a.png', 'http://127.0.0.1:9/a.png', 'HTTPS://example.org/a.png'])(
  'an address is not fetched: %s',
  async (input) => {
    const response = await postEmbeddings(createTestApp(), postJson({ input }));
    const problem = await expectProblem(response, 403, 'url-not-allowed');
    expect(problem.detail).not.toContain('example.org');
  },
);
