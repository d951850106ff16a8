import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { embed, okItems, postEmbeddings } from '#test/http/analyses.ts';
import { postFile, postForm } from '#test/http/bodies.ts';
import { createTestApp, expectProblem } from '#test/http/harness.ts';
import { writeZip } from '#test/support/write-zip.ts';

const golden = (path: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(readFileSync(new URL(`../../golden/${path}`, import.meta.url)));
const files = {
  tiff: golden('tiff/inputs/int16-le.tif'),
  bmp: golden('bmp-gif/inputs/rgb24.bmp'),
  gif: golden('bmp-gif/inputs/animated.gif'),
  webp: golden('webp/inputs/lossy.webp'),
} as const;
const formats = Object.keys(files) as (keyof typeof files)[];

describe.each(formats)('%s', (format) => {
  test('is taken by its own type, by an open one, and by none', async () => {
    for (const type of [`image/${format}`, 'application/octet-stream', '']) {
      const [item] = okItems(await embed(createTestApp(), postFile(files[format], type)));
      expect(item!.source.format).toBe(format);
    }
  });

  test('under another type is a 415 that says what it is', async () => {
    const other = format === 'gif' ? 'image/bmp' : 'image/gif';
    const response = await postEmbeddings(createTestApp(), postFile(files[format], other));
    const problem = await expectProblem(response, 415, 'media-type-mismatch');
    expect(problem.detail).toContain(format.toUpperCase());
  });

  test('cut in half is a 422', async () => {
    const half = files[format].slice(0, files[format].length / 2);
    const response = await postEmbeddings(createTestApp(), postFile(half, `image/${format}`));
    await expectProblem(response, 422, 'undecodable-image');
  });
});

test('a zip archive may hold all of them, whatever their names say', async () => {
  const archive = writeZip(...formats.map((format) => ({ name: `set/${format}.png`, bytes: files[format] })));
  const reply = await embed(createTestApp(), postForm(['file', archive, 'application/zip']));
  expect(okItems(reply).map(({ source }) => source.format)).toEqual(formats);
});

test('float samples say which values became black and white; without a finite one they are a 422', async () => {
  const bytes = golden('tiff/inputs/float32-le.tif');
  const [item] = okItems(await embed(createTestApp(), postFile(bytes, 'image/tiff')));
  expect(item!.source).toMatchObject({
    pixelRepresentation: 'float',
    bitsStored: 32,
    window: { kind: 'auto' },
  });
  expect(item!.advisories.map(({ code }) => code)).toContain('float-range');
  // The last 19 × 23 floats of the file are its pixels: all NaN.
  const nothing = bytes.slice();
  nothing.fill(0xff, nothing.length - 4 * 19 * 23);
  const problem = await expectProblem(
    await postEmbeddings(createTestApp(), postFile(nothing, 'image/tiff')),
    422,
    'unusable-input',
  );
  expect(problem.detail).toContain('no finite value');
});
