import { describe, expect, it } from 'vitest';
import { AppError } from '#src/domain/app-error.ts';
import { createDirectDecoder } from '#src/decode/create-direct-decoder.ts';
import { openFrames } from '#src/decode/open-frames.ts';
import { openByteSource } from '#src/decode/tiff/byte-source.ts';
import { extractPage } from '#src/decode/tiff/extract-page.ts';
import { createPageAllowance } from '#src/decode/tiff/page-allowance.ts';
import { findPages, readDirectory } from '#src/decode/tiff/read-directories.ts';
import { sampleDigest } from '#test/golden/preprocess/read-golden.ts';
import { readTiff, tiffGolden } from '#test/golden/tiff/read-tiff-golden.ts';
import { writeSharedPages } from '#test/support/shared-page-tiff.ts';
import { testContext, wideLimits } from './decode-fixture.ts';

const decoder = createDirectDecoder();
const decode = (bytes: Uint8Array) => decoder.decode(bytes, 'image/tiff', wideLimits, testContext());

function extractFirst(bytes: Uint8Array): Uint8Array {
  const source = openByteSource(bytes);
  const allowance = createPageAllowance(bytes.byteLength);
  return extractPage(source, readDirectory(source, findPages(source)[0]!), allowance);
}

describe('a page taken out of its file', () => {
  it.each(tiffGolden.cases)('$file: decodes to the same samples, notes and all', async ({ file, sha256 }) => {
    const page = extractFirst(readTiff(file));
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
      const page = frames.extract!(index + 1);
      expect(page.byteLength).toBeLessThan(19 * 23 * 2 + 400);
      expect(sampleDigest((await decode(page)).pixels)).toBe(sha256);
    }
  });

  it('is refused when a block lies outside the file: nothing is filled up with zeros', () => {
    const bytes = readTiff('pages3.tif');
    const first = openFrames(bytes).extract!(1);
    expect(first.byteLength).toBeGreaterThan(0);
    const cut = readTiff('pages3.tif');
    const source = openByteSource(cut);
    const entry = readDirectory(source, findPages(source)[0]!).get(273)!;
    new DataView(cut.buffer).setUint32(entry.at, cut.length - 10, true);
    expect(() => openFrames(cut).extract!(1)).toThrow('undecodable-image');
  });

  it('is refused when its blocks overlap to more than the file', () => {
    const strips = (length: number): Uint8Array =>
      writeSharedPages({
        pages: 1,
        rows: 4,
        columns: 8,
        blockSide: { rowsPerStrip: 1 },
        blocks: [0, 0, 0, 0].map((at) => ({ at, length })),
        pixels: new Uint8Array(1_000),
      });
    expect(extractFirst(strips(250)).byteLength).toBeGreaterThan(1_000);
    expect(() => extractFirst(strips(400))).toThrow('need more bytes than it has');
  });

  it('is the file itself where there is but one, or no TIFF', () => {
    expect(openFrames(readTiff('uint8-le.tif'))).toMatchObject({ count: 1 });
    expect(openFrames(readTiff('uint8-le.tif')).extract).toBeUndefined();
    expect(openFrames(Uint8Array.of(1, 2, 3)).count).toBe(1);
  });
});

describe('pages that share their bytes', () => {
  const square = { rows: 8, columns: 8, blockSide: { rowsPerStrip: 8 } };
  const outcomes = (bytes: Uint8Array): readonly string[] => {
    const { count, extract } = openFrames(bytes);
    return Array.from({ length: count }, (_, index) => {
      try {
        return String(extract!(index + 1).byteLength);
      } catch (thrown) {
        return AppError.from(thrown).detail;
      }
    });
  };

  it('are given as long as all together are no larger than the file', () => {
    const pixels = new Uint8Array(10_000);
    const blocks = [{ at: 0, length: pixels.length }];
    const bytes = writeSharedPages({ ...square, pages: 4, blocks, pixels });
    const [first, ...others] = outcomes(bytes);
    expect(Number(first)).toBeGreaterThan(10_000);
    expect(others).toHaveLength(3);
    for (const other of others) expect(other).toContain('need more bytes than it has');
  });

  it('are refused for their tables alone, before these are read', () => {
    const pixels = new Uint8Array(1_000);
    const blocks = Array.from({ length: 1_000 }, () => ({ at: 0, length: 1 }));
    const tall = { rows: 1_000, columns: 1, blockSide: { rowsPerStrip: 1 } };
    const [first, ...others] = outcomes(writeSharedPages({ ...tall, pages: 30, blocks, pixels }));
    expect(Number(first)).toBeGreaterThan(9_000);
    for (const other of others) expect(other).toContain('need more bytes than it has');
  });

  it('are served behind one that asks for too much', () => {
    const pixels = new Uint8Array(2_000);
    const bytes = writeSharedPages({ ...square, pages: 3, blocks: [{ at: 0, length: 800 }], pixels });
    const source = openByteSource(bytes);
    const first = readDirectory(source, findPages(source)[0]!);
    // The whole file, from its first byte on.
    const view = new DataView(bytes.buffer);
    view.setUint32(first.get(273)!.at, 0, true);
    view.setUint32(first.get(279)!.at, bytes.length, true);
    const [bad, ...good] = outcomes(bytes);
    expect(bad).toContain('need more bytes than it has');
    expect(good.map(Number).every((size) => size > 800)).toBe(true);
  });
});

describe('a page that no honest file has', () => {
  const tiles = (length: number, count = 4) => ({
    pages: 2,
    rows: 1,
    columns: count,
    blockSide: { tile: 1 },
    blocks: Array.from({ length: count }, () => ({ at: 0, length })),
    pixels: new Uint8Array(1_000_000),
  });

  it.each([
    ['empty tiles', writeSharedPages(tiles(0)), 'damaged'],
    [
      'more strips or tiles than the tallest image has rows',
      writeSharedPages(tiles(1, 65_537)),
      'too many strips',
    ],
  ])('with %s is refused', (_, bytes, reason) => {
    expect(() => openFrames(bytes).extract!(1)).toThrow(
      expect.objectContaining({ detail: expect.stringContaining(reason) }),
    );
  });

  it('has at most a strip for each row of the tallest image', () => {
    expect(openFrames(writeSharedPages(tiles(1, 65_536))).extract!(1).byteLength).toBeGreaterThan(9 * 65_536);
  });

  it('with tags of more than 64 kB is refused: nobody needs them, and each page would carry them', () => {
    const withTags = (count: number): Uint8Array => {
      const bytes = writeSharedPages({ ...tiles(1), pixels: new Uint8Array(200_000) });
      const source = openByteSource(bytes);
      const start = findPages(source)[0]!;
      const view = new DataView(bytes.buffer);
      // BitsPerSample, the third entry, as many SHORTs of 8 (the byte behind is 0).
      new Uint8Array(bytes.buffer).fill(0, 8, 200_008);
      for (let at = 8; at < 200_008; at += 2) view.setUint16(at, 8, true);
      view.setUint16(start + 2 + 24 + 2, 3, true);
      view.setUint32(start + 2 + 24 + 4, count, true);
      view.setUint32(start + 2 + 24 + 8, 8, true);
      return bytes;
    };
    expect(openFrames(withTags(30_000)).extract!(1).byteLength).toBeGreaterThan(60_000);
    expect(() => openFrames(withTags(33_000)).extract!(1)).toThrow('larger tags');
  });
});

it('pages without byte counts are no larger than their pixels, as old writers mean them', async () => {
  const pixels = Uint8Array.from({ length: 88 }, (_, index) => index);
  const blocks = [
    { at: 0, length: 48 },
    { at: 48, length: 40 },
  ];
  const bytes = writeSharedPages({
    pages: 2,
    rows: 11,
    columns: 8,
    blockSide: { rowsPerStrip: 6 },
    blocks,
    pixels,
  });
  const whole = await decode(bytes);
  const counted = openFrames(bytes).extract!(1);
  const view = new DataView(bytes.buffer);
  for (const start of findPages(openByteSource(bytes))) {
    // StripByteCounts, the last of seven entries, becomes a tag that nobody reads.
    expect(view.getUint16(start + 2 + 12 * 6, true)).toBe(279);
    view.setUint16(start + 2 + 12 * 6, 60_000, true);
  }
  const page = openFrames(bytes).extract!(1);
  expect(page.byteLength).toBe(counted.byteLength);
  expect((await decode(page)).pixels).toEqual(whole.pixels);
  expect((await decode(bytes)).pixels).toEqual(whole.pixels);
});

it('a page whose blocks lie in any order, with gaps, keeps each in its place', async () => {
  const pixels = Uint8Array.from({ length: 100 }, (_, index) => index);
  const blocks = [60, 40, 48, 8].map((at) => ({ at, length: 8 }));
  const bytes = writeSharedPages({
    pages: 2,
    rows: 4,
    columns: 8,
    blockSide: { rowsPerStrip: 1 },
    blocks,
    pixels,
  });
  const frame = await decode(openFrames(bytes).extract!(2));
  const rows = blocks.map(({ at }) => Array.from(pixels.subarray(at, at + 8)));
  expect(Array.from(frame.pixels)).toEqual(rows.flat());
});
