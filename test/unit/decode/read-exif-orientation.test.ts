import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readExifOrientation } from '#src/decode/read-exif-orientation.ts';

/** TIFF header, a directory at 8 with a foreign entry and then the orientation. */
function tiff(orientation: number, isLittle: boolean, type = 3): Uint8Array {
  const view = new DataView(new ArrayBuffer(8 + 2 + 24 + 4));
  view.setUint16(0, isLittle ? 0x4949 : 0x4d4d);
  view.setUint16(2, 42, isLittle);
  view.setUint32(4, 8, isLittle);
  view.setUint16(8, 2, isLittle);
  view.setUint16(10, 0x010f, isLittle);
  view.setUint16(22, 0x0112, isLittle);
  view.setUint16(24, type, isLittle);
  view.setUint32(26, 1, isLittle);
  view.setUint16(30, orientation, isLittle);
  return new Uint8Array(view.buffer);
}

describe('readExifOrientation', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('reads %i in both byte orders', (orientation) => {
    expect(readExifOrientation(tiff(orientation, true))).toBe(orientation);
    expect(readExifOrientation(tiff(orientation, false))).toBe(orientation);
  });

  it('takes a value outside 1–8, another field type and a directory outside the block for no statement', () => {
    expect(readExifOrientation(tiff(0, true))).toBe(1);
    expect(readExifOrientation(tiff(9, true))).toBe(1);
    expect(readExifOrientation(tiff(6, true, 4))).toBe(1);
    const outside = tiff(6, true);
    outside[4] = 200;
    expect(readExifOrientation(outside)).toBe(1);
    expect(readExifOrientation(tiff(6, true).subarray(0, 30))).toBe(1);
  });

  it('answers 1–8 for any bytes', () => {
    const block = fc
      .uint8Array({ maxLength: 64 })
      .chain((rest) => fc.constantFrom(rest, Uint8Array.from([...tiff(6, true).subarray(0, 8), ...rest])));
    fc.assert(
      fc.property(block, (bytes) => {
        const orientation = readExifOrientation(bytes);
        expect(Number.isInteger(orientation) && orientation >= 1 && orientation <= 8).toBe(true);
      }),
    );
  });
});
