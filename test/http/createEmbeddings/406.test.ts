import { expect, test } from 'vitest';
import { postEmbeddings } from '#test/http/analyses.ts';
import { postFile } from '#test/http/bodies.ts';
import { expectAcceptHeeded } from '#test/http/cases.ts';
import { createTestApp, expectProblem } from '#test/http/harness.ts';
import { pngImage } from '#test/http/images.ts';
import { createTinyEncoder } from '#test/http/tiny-model.ts';

const post = postFile(await pngImage());

test('the offered types are JSON, two of arrays and a stream; who takes none of them is told', async () => {
  await expectAcceptHeeded({ path: '/v1/embeddings', init: post }, [
    'application/json',
    'application/x-npy',
    'application/x-safetensors',
    'application/x-ndjson',
  ]);
});

test('and no image is worked on for a reply that nobody takes', async () => {
  const encoder = createTinyEncoder();
  const headers = { 'content-type': 'image/png', accept: 'application/pdf' };
  const response = await postEmbeddings(createTestApp({ encoder }), { ...post, headers });
  await expectProblem(response, 406, 'not-acceptable');
  expect(encoder.calls).toEqual([]);
});
