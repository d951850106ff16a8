import { expect, test } from 'vitest';
import { embeddingResponseSchema } from '#src/http/schemas/embeddings.ts';
import { postEmbeddings } from '#test/http/analyses.ts';
import { postForm, postJson } from '#test/http/bodies.ts';
import { secret } from '#test/http/cases.ts';
import { createTestApp, expectJson } from '#test/http/harness.ts';
import { brightPng, darkPng, dataUri, forgedPng, pngImage } from '#test/http/images.ts';
import { createTinyEncoder } from '#test/http/tiny-model.ts';

const png = await pngImage();
const text = Uint8Array.from(Buffer.from('no image at all'));

test('an image that fails carries its own error and does not stop the others', async () => {
  const app = createTestApp();
  const bomb = await forgedPng(30_000, 30_000);
  const body = postForm(
    ['file', png],
    ['file', text],
    ['file', bomb],
    ['file', png, 'image/jpeg'],
    ['file', png],
  );
  const reply = await expectJson(await postEmbeddings(app, body), embeddingResponseSchema, 207);
  expect(reply.data.map((item) => [item.index, item.object === 'error' ? item.error.code : 'ok'])).toEqual([
    [0, 'ok'],
    [1, 'unsupported-media-type'],
    [2, 'image-too-large'],
    [3, 'media-type-mismatch'],
    [4, 'ok'],
  ]);
  expect(reply.usage.total_tokens).toBe(18);
});

test('what is wrong with one JSON input stays with it', async () => {
  const inputs = [
    dataUri(png),
    'data:image/png;base64,AAA*',
    'plain text',
    'https://example.org/a.png',
    'data:,',
  ];
  const response = await postEmbeddings(createTestApp(), postJson({ input: inputs }));
  const reply = await expectJson(response, embeddingResponseSchema, 207);
  expect(reply.data.map((item) => (item.object === 'error' ? item.error.code : 'ok'))).toEqual([
    'ok',
    'malformed-request',
    'malformed-request',
    'url-not-allowed',
    'malformed-request',
  ]);
});

test('a failure of ours is told by its code alone, and its cause is in the log', async () => {
  const encoder = createTinyEncoder(({ input }) => (input.pixels[0]! > 128 ? new Error(secret) : undefined));
  const app = createTestApp({ encoder });
  const body = postForm(['file', await darkPng()], ['file', await brightPng()]);
  const reply = await expectJson(await postEmbeddings(app, body), embeddingResponseSchema, 207);
  expect(reply.data[1]).toMatchObject({
    object: 'error',
    error: { status: 500, code: 'internal', detail: 'An unexpected error occurred.' },
  });
  expect(JSON.stringify(reply)).not.toContain('10.9.8.7');
  expect(JSON.stringify(app.logLines)).toContain(secret);
});
