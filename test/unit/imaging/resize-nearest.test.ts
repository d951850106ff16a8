import { describe, expect, it } from 'vitest';
import { planarToInterleaved } from '#src/imaging/planar-to-interleaved.ts';
import { interleavedToPlanarInto } from '#src/imaging/interleaved-to-planar.ts';
import { resizeNearest } from '#src/imaging/resize-nearest.ts';

const raster = (rows: number, columns: number, pixels: readonly number[]) =>
  ({ rows, columns, samplesPerPixel: 1, pixels: Uint8Array.from(pixels) }) as const;

describe('resizeNearest', () => {
  it('makes squares of pixels when it enlarges by whole numbers', () => {
    const { rows, columns, pixels } = resizeNearest(raster(2, 3, [1, 2, 3, 4, 5, 6]), 4, 6);
    expect([rows, columns]).toEqual([4, 6]);
    const line = (values: readonly number[]) => values.flatMap((value) => [value, value]);
    expect([...pixels]).toEqual(
      [
        [1, 2, 3],
        [1, 2, 3],
        [4, 5, 6],
        [4, 5, 6],
      ].flatMap(line),
    );
  });

  it('takes the pixel under the centre when it reduces or the numbers do not fit', () => {
    // Centres of 2 in 5: 1.25 and 3.75. Centres of 4 in 3: 0.375, 1.125, 1.875, 2.625.
    expect([...resizeNearest(raster(1, 5, [10, 20, 30, 40, 50]), 1, 2).pixels]).toEqual([20, 40]);
    expect([...resizeNearest(raster(3, 1, [1, 2, 3]), 4, 1).pixels]).toEqual([1, 2, 2, 3]);
  });

  it('keeps the samples of a pixel together', () => {
    const image = {
      rows: 1,
      columns: 2,
      samplesPerPixel: 3,
      pixels: Uint8Array.of(1, 2, 3, 4, 5, 6),
    } as const;
    expect([...resizeNearest(image, 1, 3).pixels]).toEqual([1, 2, 3, 4, 5, 6, 4, 5, 6]);
  });
});

describe('planarToInterleaved', () => {
  it('undoes interleavedToPlanarInto', () => {
    const pixels = Uint8Array.from({ length: 3 * 7 }, (_, i) => i * 11);
    const planes = new Uint8Array(pixels.length);
    interleavedToPlanarInto(pixels, planes);
    expect([...planarToInterleaved(planes, 3)]).toEqual([...pixels]);
  });

  it('shows a single plane as gray', () => {
    expect([...planarToInterleaved(Uint8Array.of(5, 9), 1)]).toEqual([5, 5, 5, 9, 9, 9]);
  });
});
