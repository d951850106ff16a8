import { describe, expect, test } from 'vitest';
import { embed, postEmbeddings, vectorsOf } from '#test/http/analyses.ts';
import { fileNameNobodyMaySee, postFile, postForm, postJson } from '#test/http/bodies.ts';
import { createTestApp, expectProblem } from '#test/http/harness.ts';
import { dataUri, jpegImage, pngImage } from '#test/http/images.ts';
import { writeZip } from '#test/support/write-zip.ts';

const png = await pngImage();
const jpeg = await jpegImage({ from: 40, rise: 90 });
const archive = writeZip(
  { name: `a/${fileNameNobodyMaySee}`, bytes: png },
  { name: 'b/2.jpg', bytes: jpeg, method: 0 },
);

describe('a zip archive of images', () => {
  test.each([
    ['as the body', () => postFile(archive, 'application/zip')],
    ['as a body of any type', () => postFile(archive, 'application/octet-stream')],
    ['as Windows names it', () => postFile(archive, 'application/x-zip-compressed')],
    ['as a part', () => postForm(['file', archive, 'application/zip'])],
    ['as JSON', () => postJson({ input: dataUri(archive, 'application/zip') })],
  ])('%s is as many items, in its own order', async (_, init) => {
    const app = createTestApp();
    const zipped = await embed(app, init());
    expect(vectorsOf(zipped)).toEqual(vectorsOf(await embed(app, postForm(['file', png], ['file', jpeg]))));
    // File names may be patients' names: they are not told, nor logged.
    expect(JSON.stringify([zipped, app.logLines])).not.toContain('Jane');
    expect(app.budget.usedBytes()).toBe(0);
  });

  test('stands among other files in its place', async () => {
    const reply = await embed(createTestApp(), postForm(['file', jpeg], ['file', archive], ['file', png]));
    const plain = await embed(
      createTestApp(),
      postForm(...[jpeg, png, jpeg, png].map((f) => ['file', f] as const)),
    );
    expect(vectorsOf(reply)).toEqual(vectorsOf(plain));
  });

  test('that is damaged is one failed item: the other files go on', async () => {
    const response = await postEmbeddings(
      createTestApp(),
      postForm(['file', archive.slice(0, -30), 'application/zip'], ['file', png]),
    );
    expect(response.status).toBe(207);
    expect(await response.json()).toMatchObject({
      data: [{ object: 'error', index: 0, error: { code: 'malformed-request' } }, { object: 'embedding' }],
    });
  });

  test('with a damaged file is 207, the file being named by its place', async () => {
    const init = postFile(
      writeZip({ name: '1', bytes: png, crc: 1 }, { name: '2', bytes: png }),
      'application/zip',
    );
    const response = await postEmbeddings(createTestApp(), init);
    expect(response.status).toBe(207);
    expect(await response.json()).toMatchObject({
      data: [{ error: { code: 'undecodable-image' } }, { object: 'embedding', index: 1 }],
    });
  });
});

describe('refused', () => {
  test('declared as zip and none: 415', async () => {
    const response = await postEmbeddings(createTestApp(), postFile(png, 'application/zip'));
    await expectProblem(response, 415, 'media-type-mismatch');
  });

  test('with nothing in it: 400', async () => {
    const response = await postEmbeddings(createTestApp(), postFile(writeZip(), 'application/zip'));
    await expectProblem(response, 400, 'malformed-request');
  });

  test('more files than a request may hold, counted over all parts: 413', async () => {
    const app = createTestApp({ limits: { maxItems: 2 } });
    const response = await postEmbeddings(app, postForm(['file', archive], ['file', png]));
    await expectProblem(response, 413, 'too-many-items');
    expect(app.budget.usedBytes()).toBe(0);
  });

  test('two archives that are too large only together: 413', async () => {
    const half = writeZip({ name: 'zeros', bytes: new Uint8Array(60_000) });
    const app = createTestApp({ limits: { maxRequestBytes: 100_000, maxFileBytes: 70_000 } });
    const response = await postEmbeddings(app, postForm(['file', half], ['file', half]));
    await expectProblem(response, 413, 'payload-too-large');
  });
});
