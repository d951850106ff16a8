import { describe, expect, it } from 'vitest';
import { AppError } from '#src/domain/app-error.ts';
import { inspectImage } from '#src/decode/inspect-image.ts';
import { readInput } from '#test/golden/preprocess/read-golden.ts';

const codeOf = (bytes: Uint8Array, maxPixels: number, maxBytes = 1_000_000): string => {
  try {
    inspectImage(bytes, undefined, { maxPixels, maxBytes });
    return 'accepted';
  } catch (error) {
    return error instanceof AppError ? error.code : String(error);
  }
};

describe('inspectImage', () => {
  it('counts pixels against the limit, to the pixel', () => {
    const png = readInput('gray8.png');
    expect(codeOf(png, 21 * 27)).toBe('accepted');
    expect(codeOf(png, 21 * 27 - 1)).toBe('image-too-large');
    const jpeg = readInput('jpeg-gray.jpg');
    expect(codeOf(jpeg, 45 * 61)).toBe('accepted');
    expect(codeOf(jpeg, 45 * 61 - 1)).toBe('image-too-large');
  });

  it('refuses too many bytes before it looks at them', () => {
    expect(codeOf(new Uint8Array(11), 1, 10)).toBe('payload-too-large');
  });

  it('refuses a small file that claims to be huge (a bomb) by its header alone', () => {
    const png = readInput('gray8.png');
    new DataView(png.buffer).setUint32(16, 60_000);
    new DataView(png.buffer).setUint32(20, 60_000);
    expect(codeOf(png, 100_000_000)).toBe('image-too-large');
  });

  it('says both numbers, so that the caller can act', () => {
    expect(() => inspectImage(readInput('gray8.png'), undefined, { maxPixels: 10, maxBytes: 1e6 })).toThrow(
      '27 × 21 pixels; at most 10',
    );
  });
});
