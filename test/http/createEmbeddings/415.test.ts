import { describe, expect, test } from 'vitest';
import { postEmbeddings } from '#test/http/analyses.ts';
import { postFile, postForm, postJson } from '#test/http/bodies.ts';
import { createTestApp, expectProblem } from '#test/http/harness.ts';
import { dataUri, jpegImage, pngImage } from '#test/http/images.ts';

const png = await pngImage();
const jpeg = await jpegImage();
const app = createTestApp();

describe('a declared type that the bytes disagree with', () => {
  test.each(['image/jpeg', 'image/webp', 'image/tiff', 'application/dicom', 'application/gzip'])(
    'a PNG as %s',
    async (type) => {
      await expectProblem(await postEmbeddings(app, postFile(png, type)), 415, 'media-type-mismatch');
    },
  );

  test('in a form’s part and in a data URI', async () => {
    await expectProblem(
      await postEmbeddings(app, postForm(['file', jpeg, 'image/png'])),
      415,
      'media-type-mismatch',
    );
    const init = postJson({ input: dataUri(png, 'image/jpeg') });
    await expectProblem(await postEmbeddings(app, init), 415, 'media-type-mismatch');
  });
});

describe('a body that is none of the three ways in', () => {
  test.each([
    'text/plain',
    'text/html',
    'application/x-www-form-urlencoded',
    'application/xml',
    'multipart/mixed; boundary=b',
    'application/jsonx',
    'nonsense',
  ])('%s', async (type) => {
    await expectProblem(await postEmbeddings(app, postFile(png, type)), 415, 'unsupported-media-type');
  });
});

describe('content that is of no type served here', () => {
  const contents: Readonly<Record<string, Uint8Array>> = {
    text: Buffer.from('hello'),
    'JPEG 2000': Uint8Array.of(0xff, 0x4f, 0xff, 0x51, 0, 0),
    gzip: Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0),
    SVG: Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'),
    'a signature cut short': png.subarray(0, 6),
  };
  test.each(Object.keys(contents))('%s', async (name) => {
    const bytes = Uint8Array.from(contents[name]!);
    const response = await postEmbeddings(app, postFile(bytes, 'application/octet-stream'));
    await expectProblem(response, 415, 'unsupported-media-type');
  });
});

test.each(['gzip', 'br', 'deflate', 'zstd', 'gzip, identity', 'x'])(
  'an encoded body is not unpacked: %s',
  async (encoding) => {
    const headers = { 'content-type': 'image/png', 'content-encoding': encoding };
    const response = await postEmbeddings(app, { ...postFile(png), headers });
    await expectProblem(response, 415, 'unsupported-media-type');
  },
);

test('identity is no encoding', async () => {
  const headers = { 'content-type': 'image/png', 'content-encoding': 'Identity' };
  expect((await postEmbeddings(app, { ...postFile(png), headers })).status).toBe(200);
});
