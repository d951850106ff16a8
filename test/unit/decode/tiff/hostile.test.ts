import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { AppError } from '#src/domain/app-error.ts';
import { createDirectDecoder } from '#src/decode/create-direct-decoder.ts';
import { openFrames } from '#src/decode/open-frames.ts';
import { readTiff, tiffGolden } from '#test/golden/tiff/read-tiff-golden.ts';
import { testContext, wideLimits } from '#test/unit/decode/decode-fixture.ts';

const decoder = createDirectDecoder();
const outcomeOf = async (bytes: Uint8Array, limits = wideLimits): Promise<string> =>
  decoder.decode(bytes, undefined, limits, testContext()).then(
    () => 'decoded',
    (thrown: unknown) => {
      const { code, detail } = AppError.from(thrown);
      return `${code}: ${detail}`;
    },
  );

/** Offset of the entry of a tag in the first directory of a little-endian classic file. */
function entryOf(bytes: Uint8Array, tag: number): number {
  const view = new DataView(bytes.buffer);
  const start = view.getUint32(4, true);
  for (let at = start + 2; at < start + 2 + 12 * view.getUint16(start, true); at += 12) {
    if (view.getUint16(at, true) === tag) return at;
  }
  throw new Error('no such tag');
}

/** The file with the count and value of a tag replaced; as LONG, unless the type says otherwise. */
function withTag(file: string, tag: number, value: number, { count = 1, type = 4 } = {}): Uint8Array {
  const bytes = readTiff(file);
  const view = new DataView(bytes.buffer);
  const at = entryOf(bytes, tag);
  view.setUint16(at + 2, type, true);
  view.setUint32(at + 4, count, true);
  view.setUint32(at + 8, value, true);
  return bytes;
}

describe('hostile TIFF', () => {
  it('cut at any offset it is never an image', async () => {
    const files = [
      'uint8-le',
      'uint16-be',
      'int16-rgb-planar-tiles',
      'uint8-lzw',
      'uint8-packbits',
      'uint8-zstd',
      'palette8',
      'float32-rgb-bigtiff-be',
      'jpeg-gray',
    ];
    for (const name of files) {
      const bytes = readTiff(`${name}.tif`);
      let accepted = 0;
      for (let end = 4; end < bytes.byteLength; end += 11) {
        const outcome = await outcomeOf(bytes.slice(0, end));
        if (outcome === 'decoded') accepted += 1;
        else expect(outcome).toMatch(/^undecodable-image/);
      }
      expect(accepted, name).toBe(0);
    }
  });

  it('refuses a huge page by its header alone', async () => {
    expect(await outcomeOf(withTag('uint8-le.tif', 256, 65_536))).toMatch(/^image-too-large: A side/);
    const bytes = withTag('uint8-le.tif', 256, 60_000);
    const view = new DataView(bytes.buffer);
    view.setUint16(entryOf(bytes, 257) + 2, 4, true);
    view.setUint32(entryOf(bytes, 257) + 8, 60_000, true);
    view.setUint32(entryOf(bytes, 278) + 8, 60_000, true);
    expect(await outcomeOf(bytes)).toMatch(/^image-too-large: The image has 60000 × 60000/);
  });

  it('counts the bytes of all samples, not pixels alone', async () => {
    const pixels = 19 * 23;
    const five = readTiff('gray16-five-samples.tif');
    // Ten bytes a pixel are more than eight.
    expect(await outcomeOf(five, { ...wideLimits, maxPixels: pixels })).toMatch(
      /^image-too-large: The samples/,
    );
    expect(await outcomeOf(five, { ...wideLimits, maxPixels: Math.ceil((pixels * 10) / 8) })).toBe('decoded');
  });

  it.each([
    ['rows of 0', withTag('uint8-le.tif', 257, 0)],
    ['a strip of no rows', withTag('uint8-le.tif', 278, 0)],
    ['strips that begin behind the end of the file', withTag('uint8-le.tif', 273, 0x7fff_ff00, { count: 4 })],
    ['fewer strips than the page has', withTag('uint8-le.tif', 273, 8, { count: 1 })],
    ['byte counts that lie outside the file', withTag('uint8-le.tif', 279, 0xffff_fff0, { count: 4 })],
    [
      'a count of values that overflows 32 bits',
      withTag('uint8-le.tif', 273, 8, { count: 0xffff_ffff, type: 3 }),
    ],
    ['offsets that are text', withTag('uint8-le.tif', 273, 8, { count: 4, type: 2 })],
    ['a tile far larger than its page', withTag('uint8-tiles-deflate.tif', 322, 0x4000_0000), 'far larger'],
    [
      'one tile for each pixel of a large page',
      (() => {
        const bytes = withTag('uint8-tiles-deflate.tif', 322, 1);
        const view = new DataView(bytes.buffer);
        view.setUint32(entryOf(bytes, 323) + 8, 1, true);
        for (const tag of [256, 257]) {
          view.setUint16(entryOf(bytes, tag) + 2, 4, true);
          view.setUint32(entryOf(bytes, tag) + 8, 5000, true);
        }
        return bytes;
      })(),
      'too many strips or tiles',
    ],
    ['a palette that is cut off', withTag('palette8.tif', 320, 0x7fff_0000, { count: 768, type: 3 })],
  ])('refuses %s', async (_, bytes, reason = 'damaged or cut off') => {
    expect(await outcomeOf(bytes)).toMatch(new RegExp(`^undecodable-image: .*${reason}`));
  });

  it.each([
    ['a compression of tomorrow', withTag('uint8-le.tif', 259, 54_321), 'scheme 54321'],
    ['65,535 samples a pixel', withTag('uint8-le.tif', 277, 65_535, { type: 3 }), '65535 samples'],
    ['complex numbers', withTag('float64-le.tif', 339, 6, { type: 3 }), 'complex'],
    ['CIELab', withTag('uint8-rgb.tif', 262, 8, { type: 3 }), 'photometric interpretation 8'],
    ['YCbCr that is not JPEG', withTag('uint8-rgb.tif', 262, 6, { type: 3 }), 'YCbCr'],
    ['YCbCr of one sample that is not JPEG', withTag('uint8-le.tif', 262, 6, { type: 3 }), 'YCbCr'],
    [
      'predictor 3 over whole numbers',
      withTag('uint8-lzw-predictor.tif', 317, 3, { type: 3 }),
      'predictor 3',
    ],
  ])('says that %s is not supported', async (_, bytes, reason) => {
    const outcome = await outcomeOf(bytes);
    expect(outcome).toMatch(/^unsupported-media-type/);
    expect(outcome).toContain(reason);
  });

  it('refuses directories that form a loop, and more of them than anybody has pages', async () => {
    const looped = readTiff('uint8-le.tif');
    const view = new DataView(looped.buffer);
    const start = view.getUint32(4, true);
    view.setUint32(start + 2 + 12 * view.getUint16(start, true), start, true);
    expect(await outcomeOf(looped)).toContain('loop');
    // Directories without entries: six bytes each, the next right behind.
    const many = new Uint8Array(8 + 6 * 300_000);
    const long = new DataView(many.buffer);
    many.set([0x49, 0x49, 42, 0, 8, 0, 0, 0]);
    for (let at = 8; at + 6 < many.length; at += 6) long.setUint32(at + 2, at + 6, true);
    expect(await outcomeOf(many)).toContain('too many pages');
    // Each counts as eight entries and itself at least: no page can do with fewer, and each costs a visit.
    const first = (pages: number): Uint8Array => {
      const cut = many.slice(0, 8 + 6 * pages);
      new DataView(cut.buffer).setUint32(cut.length - 4, 0, true);
      return cut;
    };
    expect(openFrames(first(29_127)).count).toBe(29_127);
    expect(() => openFrames(first(29_128))).toThrow('too many pages');
  });

  it('refuses overlapping directories with 65,535 tags each before the walk takes long', () => {
    const bytes = new Uint8Array(2_000_000);
    const view = new DataView(bytes.buffer);
    bytes.set([0x49, 0x49, 42, 0, 8, 0, 0, 0]);
    for (let at = 8; at < 100_000; at += 6) {
      view.setUint16(at, 65_535, true);
      view.setUint32(at + 2 + 12 * 65_535, at + 6, true);
    }
    expect(() => openFrames(bytes)).toThrow('too many pages or tags');
  });

  it('never unpacks more than a block, however much the data would give', async () => {
    // A zlib stream of a hundred megabytes of zeros in the place of the first strip's 115 bytes.
    const bomb = deflateSync(new Uint8Array(100_000_000));
    const file = readTiff('uint8-zlib.tif');
    const bytes = new Uint8Array(file.length + bomb.length);
    bytes.set(file);
    bytes.set(bomb, file.length);
    const view = new DataView(bytes.buffer);
    const at = (tag: number) => {
      const entry = entryOf(bytes, tag);
      const isLong = view.getUint16(entry + 2, true) === 4;
      return {
        place: view.getUint32(entry + 8, true),
        write: (place: number, value: number) =>
          isLong ? view.setUint32(place, value, true) : view.setUint16(place, value, true),
      };
    };
    const offsets = at(273);
    offsets.write(offsets.place, file.length);
    const counts = entryOf(bytes, 279);
    // Counts as LONG in a place of their own would be needed for a longer stream; the first 60,000 bytes are bomb enough.
    const short = view.getUint16(counts + 2, true) === 3;
    const countsAt = view.getUint32(counts + 8, true);
    if (short) view.setUint16(countsAt, Math.min(bomb.length, 60_000), true);
    else view.setUint32(countsAt, bomb.length, true);
    const before = process.memoryUsage().arrayBuffers;
    expect(await outcomeOf(bytes)).toMatch(/^undecodable-image/);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20_000_000);
  });

  it.each(['uint8-le', 'uint12', 'uint8-lzw', 'uint8-zlib', 'uint8-packbits', 'uint8-zstd', 'jpeg-gray'])(
    'refuses %s when its coded data end halfway, instead of giving half a page',
    async (name) => {
      const bytes = readTiff(`${name}.tif`);
      const view = new DataView(bytes.buffer);
      const entry = entryOf(bytes, 279);
      const size = view.getUint16(entry + 2, true) === 3 ? 2 : 4;
      const count = view.getUint32(entry + 4, true);
      const place = count * size > 4 ? view.getUint32(entry + 8, true) : entry + 8;
      // The last strip's count, with the byte order's low part first.
      const last = place + (count - 1) * size;
      view.setUint16(last, view.getUint16(last, true) >> 1, true);
      expect(await outcomeOf(bytes)).toMatch(/^undecodable-image/);
    },
  );

  it('refuses a JPEG stream that is taller than its strip', async () => {
    const { rows } = tiffGolden.cases.find(({ file }) => file === 'jpeg-gray.tif')!;
    expect(await outcomeOf(withTag('jpeg-gray.tif', 257, rows))).toBe('decoded');
    expect(await outcomeOf(withTag('jpeg-gray.tif', 257, 3))).toMatch(/^undecodable-image/);
  });

  it('reads strips without byte counts, as old writers leave them', async () => {
    const bytes = readTiff('uint16-le.tif');
    new DataView(bytes.buffer).setUint16(entryOf(bytes, 279), 65_000, true);
    const whole = await decoder.decode(readTiff('uint16-le.tif'), undefined, wideLimits, testContext());
    const { pixels } = await decoder.decode(bytes, undefined, wideLimits, testContext());
    expect(pixels).toEqual(whole.pixels);
    expect(await outcomeOf(bytes.slice(0, -100))).toMatch(/^undecodable-image/);
  });

  it('has every golden file count its pages', () => {
    for (const { file, pages } of tiffGolden.cases)
      expect(openFrames(readTiff(file)).count, file).toBe(pages?.length ?? 1);
  });
});
