import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createDirectDecoder } from '#src/decode/create-direct-decoder.ts';
import { inspectImage } from '#src/decode/inspect-image.ts';
import { AppError } from '#src/domain/app-error.ts';
import { testContext, wideLimits } from './decode-fixture.ts';

interface Golden {
  readonly pillow: string;
  readonly cases: readonly {
    readonly file: string;
    readonly rows: number;
    readonly columns: number;
    readonly exifOrientation: number;
    readonly sha256: string;
  }[];
}

const folder = new URL('../../golden/webp/', import.meta.url);
const read = (file: string): Uint8Array => new Uint8Array(readFileSync(new URL(`inputs/${file}`, folder)));
const golden = JSON.parse(readFileSync(new URL('golden.json', folder), 'utf8')) as Golden;
const decoder = createDirectDecoder();
const decode = (bytes: Uint8Array) => decoder.decode(bytes, 'image/webp', wideLimits, testContext());
const notes: Readonly<Record<string, readonly string[]>> = {
  'animated.webp': ['first-frame-of-3'],
  'lossless-alpha.webp': ['alpha-dropped'],
  'lossy-alpha.webp': ['alpha-dropped'],
  'turned.webp': ['exif-orientation-applied'],
};

async function outcome(bytes: Uint8Array): Promise<string> {
  try {
    const { rows, columns, pixels } = await decode(bytes);
    return pixels.length === rows * columns * 3 ? 'whole' : 'partial';
  } catch (error) {
    return error instanceof AppError ? error.code : String(error);
  }
}

describe(`WebP, against Pillow ${golden.pillow}`, () => {
  it.each(golden.cases)(
    '$file gives exactly the reference samples',
    async ({ sha256, file, ...expected }) => {
      const frame = await decode(read(file));
      expect(frame).toMatchObject({ ...expected, format: 'webp', samplesPerPixel: 3, bitsStored: 8 });
      expect(frame.notes).toEqual(notes[file] ?? []);
      expect(createHash('sha256').update(frame.pixels).digest('hex')).toBe(sha256);
    },
  );
});

describe('hostile WebP', () => {
  it.each(golden.cases)('$file cut at any offset is never an image', async ({ file }) => {
    const bytes = read(file);
    for (let end = 12; end < bytes.byteLength; end += 7) {
      expect(await outcome(bytes.slice(0, end))).toBe('undecodable-image');
    }
  });

  it('refuses a huge canvas by its header alone', () => {
    const bytes = read('animated.webp');
    // Width and height minus one, 24 bits each, little endian: 61,441 × 61,441, then 16,777,216 on each side.
    bytes.set([0, 0xf0, 0, 0, 0xf0, 0], 24);
    expect(() => inspectImage(bytes, undefined, wideLimits)).toThrow('at most 100000000');
    bytes.fill(0xff, 24, 30);
    expect(() => inspectImage(bytes, undefined, wideLimits)).toThrow('longer than 65535');
  });

  it('refuses a stream larger than its canvas, and a frame that leaves it', async () => {
    for (const file of ['lossy-alpha.webp', 'animated.webp']) {
      const bytes = read(file);
      bytes[24] = 3;
      expect(await outcome(bytes)).toBe('undecodable-image');
    }
  });

  it('answers damaged bytes with a whole image or a 4xx', async () => {
    let state = 1;
    const next = (below: number) => (state = (state * 48_271) % 2_147_483_647) % below;
    const allowed = ['whole', 'undecodable-image', 'image-too-large', 'unsupported-media-type'];
    for (let round = 0; round < 300; round += 1) {
      const bytes = read(golden.cases[round % golden.cases.length]!.file);
      for (let hits = 0; hits < 3; hits += 1) bytes[12 + next(bytes.byteLength - 12)] = next(256);
      expect(allowed).toContain(await outcome(bytes));
    }
  });
});
