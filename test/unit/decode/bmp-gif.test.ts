import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { AppError } from '#src/domain/app-error.ts';
import { createDirectDecoder } from '#src/decode/create-direct-decoder.ts';
import { testContext, wideLimits } from './decode-fixture.ts';

interface Golden {
  readonly pillow: string;
  readonly cases: readonly {
    readonly file: string;
    readonly rows: number;
    readonly columns: number;
    readonly samplesPerPixel: number;
    /** Separated by spaces. */
    readonly notes: string;
    readonly sha256: string;
    readonly isReadByPillow: boolean;
  }[];
}

const folder = new URL('../../golden/bmp-gif/', import.meta.url);
const read = (file: string): Uint8Array => new Uint8Array(readFileSync(new URL(`inputs/${file}`, folder)));
const golden = JSON.parse(readFileSync(new URL('golden.json', folder), 'utf8')) as Golden;
const decoder = createDirectDecoder();
const decode = (bytes: Uint8Array) => decoder.decode(bytes, undefined, wideLimits, testContext());
const codeOf = async (bytes: Uint8Array): Promise<string> =>
  decode(bytes).then(
    () => 'decoded',
    (thrown: unknown) => AppError.from(thrown).code,
  );
const patched = (file: string, at: number, ...values: number[]): Uint8Array => {
  const bytes = read(file);
  bytes.set(values, at);
  return bytes;
};

describe(`BMP and GIF, against the samples that were written and Pillow ${golden.pillow}`, () => {
  it.each(golden.cases)('$file gives exactly the reference samples', async (case_) => {
    const { file, sha256, rows, columns, samplesPerPixel, notes } = case_;
    const expected = { rows, columns, samplesPerPixel };
    const frame = await decode(read(file));
    expect(frame).toMatchObject({ ...expected, format: file.slice(-3), bitsStored: 8, exifOrientation: 1 });
    expect(frame.notes.join(' ')).toBe(notes);
    expect(frame.pixels).toHaveLength(frame.rows * frame.columns * frame.samplesPerPixel);
    expect(createHash('sha256').update(frame.pixels).digest('hex')).toBe(sha256);
  });
});

describe('hostile BMP and GIF', () => {
  it.each(golden.cases)('$file cut at any offset is never an image', async ({ file }) => {
    const bytes = read(file);
    // Padding behind the last row, and the end mark of run lengths, may be missing: everything is there.
    const spare = file.endsWith('.bmp') ? 4 : 0;
    for (let end = 10; end < bytes.byteLength - spare; end += 3) {
      expect(await codeOf(bytes.slice(0, end)), `${end} bytes`).toMatch(
        /^(undecodable-image|unsupported-media-type)$/,
      );
    }
  });

  it.each([
    ['a BMP of no width', patched('rgb24.bmp', 18, 0, 0, 0, 0)],
    ['a BMP of negative width', patched('rgb24.bmp', 18, 0xff, 0xff, 0xff, 0xff)],
    ['a BMP of no height', patched('rgb24.bmp', 22, 0, 0, 0, 0)],
    ['a BMP whose pixels lie in its header', patched('rgb24.bmp', 10, 20)],
    ['a BMP whose pixels lie behind its end', patched('rgb24.bmp', 10, 0xff, 0xff, 0xff, 0x7f)],
    ['a BMP mask with a hole', patched('rgb32-masks.bmp', 54, 0, 0x0f, 0xf1, 0)],
    ['a GIF frame beyond its canvas', patched('palette.gif', 6, 1, 0)],
    ['a GIF without a colour table', patched('palette.gif', 10, 0)],
  ])('refuses %s', async (_, bytes) => {
    expect(await codeOf(bytes)).toBe('undecodable-image');
  });

  it.each([
    ['JPEG inside BMP', patched('rgb24.bmp', 30, 4)],
    ['JPEG inside BMP, which has no bits of its own', patched('rgb24.bmp', 28, 0, 0, 4)],
    ['a BMP of 3 bits', patched('rgb24.bmp', 28, 3)],
    ['a BMP of 99 bits', patched('rgb24.bmp', 28, 99)],
    ['run lengths from the top down', patched('palette8-top-down.bmp', 30, 1)],
    ['OS/2 header with Huffman coding', patched('palette1.bmp', 30, 3)],
    ['a header of 41 bytes', patched('rgb24.bmp', 14, 41)],
  ])('says that %s is not supported', async (_, bytes) => {
    expect(await codeOf(bytes)).toBe('unsupported-media-type');
  });

  it('refuses a small file that claims to be huge by its header alone', async () => {
    expect(await codeOf(patched('rle8.bmp', 18, 0xff, 0xff, 0, 0, 0xff, 0xff, 0, 0))).toBe('image-too-large');
    expect(await codeOf(patched('rle8.bmp', 18, 0xff, 0xff, 1, 0, 1))).toBe('image-too-large');
    expect(await codeOf(patched('palette.gif', 6, 0xff, 0xff, 0xff, 0xff))).toBe('image-too-large');
  });

  it('leaves out what a run has beyond its row, and does not let it run into the next', async () => {
    // The first run of the row that comes last, the upper one, of 5 pixels made 200; each row takes 24 bytes.
    const bytes = read('rle8.bmp');
    const at = new DataView(bytes.buffer).getUint32(10, true) + 24 * 12;
    const whole = await decode(bytes);
    expect(bytes[at]).toBe(5);
    const { pixels } = await decode(bytes.fill(200, at, at + 1));
    const width = 3 * 19;
    expect(pixels.subarray(width)).toEqual(whole.pixels.subarray(width));
    const colour = Array.from(pixels.subarray(0, 3));
    expect(Array.from(pixels.subarray(0, width))).toEqual(Array.from({ length: 19 }, () => colour).flat());
  });

  it('takes an index without a palette entry for black, as decoders everywhere do', async () => {
    const bytes = read('palette8-used100.bmp');
    const { pixels } = await decode(bytes.fill(200, bytes.byteLength - 20 * 13));
    expect(pixels.every((value) => value === 0)).toBe(true);
  });
});
