import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '#src/domain/app-error.ts';
import { decodeJpegLossless } from '#src/decode/decode-jpeg-lossless.ts';
import { readJpegHeader } from '#src/decode/read-jpeg-header.ts';
import { encodeLossless, type LosslessOptions } from './lossless-encoder.ts';

const decode = (bytes: Uint8Array) => decodeJpegLossless(bytes, readJpegHeader(bytes));

const codeOf = (bytes: Uint8Array): string => {
  try {
    decode(bytes);
    return 'accepted';
  } catch (error) {
    return error instanceof AppError ? error.code : String(error);
  }
};

const options: fc.Arbitrary<LosslessOptions> = fc.record({
  rows: fc.integer({ min: 1, max: 9 }),
  columns: fc.integer({ min: 1, max: 9 }),
  components: fc.constantFrom(1, 3),
  precision: fc.integer({ min: 2, max: 16 }),
  predictor: fc.integer({ min: 1, max: 7 }),
  pointTransform: fc.integer({ min: 0, max: 1 }),
  restartRows: fc.integer({ min: 0, max: 3 }),
  isInterleaved: fc.boolean(),
});

const image = options.chain((chosen) => {
  const size = chosen.rows * chosen.columns * chosen.components;
  const sample = fc.integer({ min: 0, max: 2 ** chosen.precision - 1 });
  return fc.tuple(fc.constant(chosen), fc.array(sample, { minLength: size, maxLength: size }));
});

describe('decodeJpegLossless', () => {
  it('gives back what was coded: any predictor, precision, point transform, restarts, scan order', () => {
    fc.assert(
      fc.property(image, ([chosen, samples]) => {
        const pixels = decode(encodeLossless(samples, chosen));
        const kept = samples.map((sample) => (sample >> chosen.pointTransform!) << chosen.pointTransform!);
        expect(Array.from(pixels)).toEqual(kept);
        expect(pixels).toBeInstanceOf(chosen.precision > 8 ? Uint16Array : Uint8Array);
      }),
    );
  });

  it('keeps a difference of 32768, which has a category of its own', () => {
    const samples = [0x8000, 0, 0x8000, 0xffff, 0x7fff, 0];
    const coded = encodeLossless(samples, {
      rows: 2,
      columns: 3,
      components: 1,
      precision: 16,
      predictor: 1,
    });
    expect(Array.from(decode(coded))).toEqual(samples);
  });

  it('refuses a file that is cut anywhere before its last sample: never half an image', () => {
    const samples = Array.from({ length: 48 }, (_, index) => (index * 37) % 256);
    const file = encodeLossless(samples, {
      rows: 6,
      columns: 8,
      components: 1,
      precision: 8,
      predictor: 4,
      restartRows: 2,
    });
    for (let length = 4; length < file.length - 2; length += 1) {
      expect(codeOf(file.subarray(0, length))).toBe('undecodable-image');
    }
  });

  it('refuses a missing restart marker, a sample out of range and an unknown code', () => {
    const base = { rows: 4, columns: 2, components: 1, precision: 8, predictor: 1 } as const;
    const restarted = encodeLossless([1, 2, 3, 4, 5, 6, 7, 8], { ...base, restartRows: 2 });
    const at = restarted.findIndex((byte, index) => byte === 0xd0 && restarted[index - 1] === 0xff);
    const wrongNumber = restarted.slice();
    wrongNumber[at] = 0xd3;
    expect(codeOf(wrongNumber)).toBe('undecodable-image');
    // 0x80 with a difference of 255: 383, beyond 8 bits.
    expect(codeOf(encodeLossless([383, 0, 0, 0, 0, 0, 0, 0], base))).toBe('undecodable-image');
    const scanAt = restarted.findIndex((byte, index) => byte === 0xda && restarted[index - 1] === 0xff);
    const unknownCode = restarted.slice();
    unknownCode[scanAt + 9] = 0xfe;
    expect(codeOf(unknownCode)).toBe('undecodable-image');
  });

  it('says that restarts within a line are not supported', () => {
    const file = encodeLossless([1, 2, 3, 4], {
      rows: 2,
      columns: 2,
      components: 1,
      precision: 8,
      predictor: 1,
      restartRows: 1,
    });
    const at = file.findIndex((byte, index) => byte === 0xdd && file[index - 1] === 0xff);
    file[at + 4] = 1;
    expect(codeOf(file)).toBe('unsupported-media-type');
  });
});
