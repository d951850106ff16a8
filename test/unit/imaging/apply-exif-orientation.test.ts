import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyExifOrientation } from '#src/imaging/apply-exif-orientation.ts';

/**
 * Stored as          displayed, by the place of the stored first row and column (EXIF 2.32, 4.6.4.1):
 *   1 2 3            2: first column right   3: both   4: first row below   5: transposed
 *   4 5 6            6: first row right, first column above   7: first row right, first column below   8: first row left …
 */
const stored = { rows: 2, columns: 3, samplesPerPixel: 1, pixels: Uint8Array.of(1, 2, 3, 4, 5, 6) };
const displayed: readonly [number, number, number, number[]][] = [
  [1, 2, 3, [1, 2, 3, 4, 5, 6]],
  [2, 2, 3, [3, 2, 1, 6, 5, 4]],
  [3, 2, 3, [6, 5, 4, 3, 2, 1]],
  [4, 2, 3, [4, 5, 6, 1, 2, 3]],
  [5, 3, 2, [1, 4, 2, 5, 3, 6]],
  [6, 3, 2, [4, 1, 5, 2, 6, 3]],
  [7, 3, 2, [6, 3, 5, 2, 4, 1]],
  [8, 3, 2, [3, 6, 2, 5, 1, 4]],
];
/** What undoes each orientation. */
const inverse = [0, 1, 2, 3, 4, 5, 8, 7, 6];

describe('applyExifOrientation', () => {
  it.each(displayed)('orientation %i', (orientation, rows, columns, pixels) => {
    const turned = applyExifOrientation(stored, orientation);
    expect({ ...turned, pixels: Array.from(turned.pixels) }).toEqual({
      rows,
      columns,
      samplesPerPixel: 1,
      pixels,
    });
  });

  it('is undone by its inverse, at 8 and 16 bits and any number of samples', () => {
    const side = fc.integer({ min: 1, max: 12 });
    const deep = fc.boolean();
    fc.assert(
      fc.property(
        side,
        side,
        fc.constantFrom(1, 3),
        fc.integer({ min: 1, max: 8 }),
        deep,
        (rows, columns, samplesPerPixel, orientation, isDeep) => {
          const length = rows * columns * samplesPerPixel;
          const values = Array.from({ length }, (_, index) => index % 251);
          const pixels = isDeep ? Uint16Array.from(values) : Uint8Array.from(values);
          const grid = { rows, columns, samplesPerPixel, pixels };
          const back = applyExifOrientation(applyExifOrientation(grid, orientation), inverse[orientation]!);
          expect(back).toEqual(grid);
        },
      ),
    );
  });

  it('reads a Buffer without writing into it', () => {
    const pixels = Buffer.from([1, 2, 3, 4, 5, 6]);
    const turned = applyExifOrientation({ ...stored, pixels }, 3);
    expect(Array.from(turned.pixels)).toEqual([6, 5, 4, 3, 2, 1]);
    expect(Array.from(pixels)).toEqual([1, 2, 3, 4, 5, 6]);
  });
});
