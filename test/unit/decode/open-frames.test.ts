import { describe, expect, it } from 'vitest';
import { createDirectDecoder } from '#src/decode/create-direct-decoder.ts';
import { openFrames } from '#src/decode/open-frames.ts';
import { openByteSource } from '#src/decode/tiff/byte-source.ts';
import { extractPage } from '#src/decode/tiff/extract-page.ts';
import { findPages, readDirectory } from '#src/decode/tiff/read-directories.ts';
import { sampleDigest } from '#test/golden/preprocess/read-golden.ts';
import { readTiff, tiffGolden } from '#test/golden/tiff/read-tiff-golden.ts';
import { testContext, wideLimits } from './decode-fixture.ts';

const decoder = createDirectDecoder();
const decode = (bytes: Uint8Array) => decoder.decode(bytes, 'image/tiff', wideLimits, testContext());

function extractFirst(bytes: Uint8Array): Uint8Array | undefined {
  const source = openByteSource(bytes);
  return extractPage(source, readDirectory(source, findPages(source)[0]!));
}

describe('a page taken out of its file', () => {
  it.each(tiffGolden.cases)('$file: decodes to the same samples, notes and all', async ({ file, sha256 }) => {
    const page = extractFirst(readTiff(file))!;
    const { notes, pixels, ...frame } = await decode(readTiff(file));
    const extracted = await decode(page);
    expect(extracted).toMatchObject(frame);
    expect(sampleDigest(extracted.pixels)).toBe(sha256);
    expect(extracted.notes).toEqual(notes.filter((note) => !note.startsWith('first-page-of')));
    expect(pixels).toHaveLength(extracted.pixels.length);
    expect(openFrames(page).count).toBe(1);
  });

  it('is every page of a file, and no larger than what it needs', async () => {
    const bytes = readTiff('pages3.tif');
    const frames = openFrames(bytes);
    const { pages = [] } = tiffGolden.cases.find(({ file }) => file === 'pages3.tif')!;
    for (const [index, sha256] of pages.entries()) {
      const page = frames.extract(index + 1)!;
      expect(page.byteLength).toBeLessThan(19 * 23 * 2 + 400);
      expect(sampleDigest((await decode(page)).pixels)).toBe(sha256);
    }
  });

  it('is refused when a block lies outside the file: nothing is filled up with zeros', () => {
    const bytes = readTiff('pages3.tif');
    const first = openFrames(bytes).extract(1)!;
    expect(first.byteLength).toBeGreaterThan(0);
    const cut = readTiff('pages3.tif');
    const source = openByteSource(cut);
    const entry = readDirectory(source, findPages(source)[0]!).get(273)!;
    new DataView(cut.buffer).setUint32(entry.at, cut.length - 10, true);
    expect(() => openFrames(cut).extract(1)).toThrow('undecodable-image');
  });

  it('is not made when its blocks overlap to more than the file', () => {
    const bytes = readTiff('uint8-le.tif');
    const source = openByteSource(bytes);
    const { count, at } = readDirectory(source, findPages(source)[0]!).get(279)!;
    expect(count).toBe(4);
    // Each of four strips is said to be half of the file.
    const isShort = readDirectory(source, findPages(source)[0]!).get(279)!.type === 3;
    const view = new DataView(bytes.buffer);
    for (let strip = 0; strip < count; strip += 1) {
      if (isShort) view.setUint16(at + 2 * strip, bytes.length >> 1, true);
      else view.setUint32(at + 4 * strip, bytes.length >> 1, true);
    }
    expect(extractFirst(bytes)).toBeUndefined();
  });

  it('is the file itself where there is but one, or no TIFF', () => {
    expect(openFrames(readTiff('uint8-le.tif'))).toMatchObject({ count: 1 });
    expect(openFrames(readTiff('uint8-le.tif')).extract(1)).toBeUndefined();
    expect(openFrames(Uint8Array.of(1, 2, 3)).count).toBe(1);
  });
});
