import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '#src/domain/app-error.ts';
import { readPngHeader } from '#src/decode/read-png-header.ts';
import { readInput } from '#test/golden/preprocess/read-golden.ts';
import { damaged } from './damage.ts';

/** IHDR of a golden file begins at byte 8: length, type, then width at 16, height 20, depth 24, colour type 25, interlace 28. */
function patched(file: string, at: number, value: number): Uint8Array {
  const bytes = readInput(file);
  bytes[at] = value;
  return bytes;
}

const codeOf = (bytes: Uint8Array): string => {
  try {
    readPngHeader(bytes);
    return 'accepted';
  } catch (error) {
    return error instanceof AppError ? error.code : String(error);
  }
};

describe('readPngHeader', () => {
  it('reads size, depth and colour before any pixel', () => {
    expect(readPngHeader(readInput('rgb-alpha16-interlaced.png'))).toEqual({
      format: 'png',
      rows: 13,
      columns: 11,
      bitDepth: 16,
      colourType: 'rgb-alpha',
      isInterlaced: true,
      hasTransparency: false,
      frames: 1,
      significantBits: undefined,
      hasIccProfile: false,
      exifOrientation: 1,
    });
  });

  it('reads the chunks that change how pixels are read, also behind the pixels', () => {
    expect(readPngHeader(readInput('palette8-trns.png')).hasTransparency).toBe(true);
    expect(readPngHeader(readInput('gray16-sbit12.png')).significantBits).toBe(12);
    expect(readPngHeader(readInput('rgb8-apng.png')).frames).toBe(3);
    expect(readPngHeader(readInput('rgb8-icc.png')).hasIccProfile).toBe(true);
    // make_golden.py puts eXIf behind IDAT in every third file.
    expect(readPngHeader(readInput('exif3.png')).exifOrientation).toBe(3);
    expect(readPngHeader(readInput('exif4.png')).exifOrientation).toBe(4);
  });

  it.each([
    ['width 0', patched('gray8-1x1.png', 19, 0)],
    ['height of 2^31', patched('gray8-1x1.png', 20, 0x80)],
    ['depth 3', patched('gray8.png', 24, 3)],
    ['RGB at 4 bits', patched('rgb8.png', 24, 4)],
    ['palette at 16 bits', patched('palette8.png', 24, 16)],
    ['colour type 5', patched('gray8.png', 25, 5)],
    ['interlace method 2', patched('gray8.png', 28, 2)],
    ['no palette', patched('palette8.png', 33 + 4, 0x70)],
  ])('refuses %s', (_, bytes) => expect(codeOf(bytes)).toBe('undecodable-image'));

  it('refuses every cut of a file, wherever it is cut', () => {
    const file = readInput('gray8.png');
    for (let length = 8; length < file.length; length += 1) {
      expect(codeOf(file.subarray(0, length))).toBe('undecodable-image');
    }
  });

  it('gives up on a file of countless empty chunks', () => {
    const header = readInput('gray8.png').subarray(0, 33);
    const chunk = Uint8Array.of(0, 0, 0, 0, 0x74, 0x45, 0x58, 0x74, 0, 0, 0, 0);
    const bytes = new Uint8Array(header.length + 100_001 * chunk.length);
    bytes.set(header);
    for (let at = header.length; at < bytes.length; at += chunk.length) bytes.set(chunk, at);
    expect(codeOf(bytes)).toBe('undecodable-image');
  });

  it('reads or refuses any damaged file, and throws nothing else', () => {
    const files = ['gray8.png', 'palette8-trns.png', 'exif5.png', 'gray16-sbit12.png'].map(readInput);
    fc.assert(
      fc.property(fc.oneof(...files.map(damaged)), (bytes) => {
        expect(['accepted', 'undecodable-image']).toContain(codeOf(bytes));
      }),
      { numRuns: 2000 },
    );
  });
});
