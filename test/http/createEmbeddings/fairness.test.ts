import { expect, test } from 'vitest';
import { postEmbeddings } from '#test/http/analyses.ts';
import { postFile } from '#test/http/bodies.ts';
import { createTestApp } from '#test/http/harness.ts';
import { pngImage } from '#test/http/images.ts';
import { createTinyEncoder } from '#test/http/tiny-model.ts';

test('requests with the same X-Request-Id are still different callers in the fair queues', async () => {
  const encoder = createTinyEncoder();
  const app = createTestApp({ encoder });
  const init = {
    ...postFile(await pngImage()),
    headers: { 'content-type': 'image/png', 'x-request-id': 'same' },
  };
  expect((await postEmbeddings(app, init)).status).toBe(200);
  expect((await postEmbeddings(app, init)).status).toBe(200);
  const contexts = encoder.calls.map(({ ctx }) => ctx);
  expect(contexts.map(({ requestId }) => requestId)).toEqual(['same', 'same']);
  expect(new Set(contexts.map(({ callerId }) => callerId)).size).toBe(2);
});
