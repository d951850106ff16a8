import { test } from 'vitest';
import { postFile, postForm } from '#test/http/bodies.ts';
import { expectInternalHidden, secret } from '#test/http/cases.ts';
import { pngImage } from '#test/http/images.ts';
import { createTinyEncoder } from '#test/http/tiny-model.ts';

const png = await pngImage();

test.each([
  ['an error', new Error(secret)],
  ['a text', secret],
  ['an error with a cause', new TypeError('fetch failed', { cause: new Error(secret) })],
])('%s out of the encoder is told as an internal error only', async (_, thrown) => {
  const encoder = createTinyEncoder(() => thrown);
  await expectInternalHidden({ encoder }, { path: '/v1/embeddings', init: postFile(png) });
});

test('the same for several files', async () => {
  const encoder = createTinyEncoder(() => new Error(secret));
  const init = await postForm(['file', png], ['file', png]);
  await expectInternalHidden({ encoder }, { path: '/v1/embeddings', init });
});

test('and out of the stage before it', async () => {
  const preparer = { prepare: () => Promise.reject(new Error(secret)) };
  await expectInternalHidden({ preparer }, { path: '/v1/embeddings', init: postFile(png) });
});
