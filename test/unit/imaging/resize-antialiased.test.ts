import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Raster8 } from '#src/imaging/raster8.ts';
import { resizeAntialiased } from '#src/imaging/resize-antialiased.ts';

const side = fc.integer({ min: 1, max: 40 });
const raster: fc.Arbitrary<Raster8> = fc
  .tuple(side, side, fc.constantFrom(1 as const, 3 as const))
  .chain(([rows, columns, samplesPerPixel]) => {
    const length = rows * columns * samplesPerPixel;
    return fc
      .uint8Array({ minLength: length, maxLength: length })
      .map((pixels) => ({ rows, columns, samplesPerPixel, pixels }));
  });

/** One channel of an RGB raster. */
function channelOf(image: Raster8, channel: number): Raster8 {
  const pixels = image.pixels.filter((_, at) => at % 3 === channel);
  return { ...image, samplesPerPixel: 1, pixels };
}

describe('resizeAntialiased', () => {
  it('halves a row by the weights 3, 3, 1 sevenths at the edge', () => {
    // (3·10 + 3·20 + 1·60) / 7 = 21.43 and (1·20 + 3·60 + 3·100) / 7 = 71.43
    const image: Raster8 = {
      rows: 1,
      columns: 4,
      samplesPerPixel: 1,
      pixels: Uint8Array.of(10, 20, 60, 100),
    };
    expect(Array.from(resizeAntialiased(image, 1, 2).pixels)).toEqual([21, 71]);
  });

  it('enlarges a column by quarters', () => {
    const image: Raster8 = { rows: 2, columns: 1, samplesPerPixel: 1, pixels: Uint8Array.of(0, 100) };
    expect(Array.from(resizeAntialiased(image, 4, 1).pixels)).toEqual([0, 25, 75, 100]);
  });

  it('keeps an image of the wanted size, as a copy', () => {
    fc.assert(
      fc.property(raster, (image) => {
        const same = resizeAntialiased(image, image.rows, image.columns);
        expect(same).toEqual(image);
        expect(same.pixels.buffer).not.toBe(image.pixels.buffer);
      }),
    );
  });

  it('never leaves the range of its source, and keeps a flat image flat', () => {
    fc.assert(
      fc.property(raster, side, side, (image, rows, columns) => {
        const { pixels } = resizeAntialiased(image, rows, columns);
        expect(pixels).toHaveLength(rows * columns * image.samplesPerPixel);
        expect(Math.min(...pixels)).toBeGreaterThanOrEqual(Math.min(...image.pixels));
        expect(Math.max(...pixels)).toBeLessThanOrEqual(Math.max(...image.pixels));
      }),
    );
  });

  it('treats every channel as it treats a gray image', () => {
    const colour = raster.filter(({ samplesPerPixel }) => samplesPerPixel === 3);
    fc.assert(
      fc.property(colour, side, side, fc.constantFrom(0, 1, 2), (image, rows, columns, channel) => {
        const together = channelOf(resizeAntialiased(image, rows, columns), channel);
        expect(together).toEqual(resizeAntialiased(channelOf(image, channel), rows, columns));
      }),
    );
  });

  it('looks across the edge of a box by the reach of its filter, as Pillow does', () => {
    // Box 0…2 to one pixel: centre 1, support 2, so tap 2 (outside) takes a seventh: 100 / 7 = 14.3
    const image: Raster8 = { rows: 1, columns: 4, samplesPerPixel: 1, pixels: Uint8Array.of(0, 0, 100, 100) };
    expect(Array.from(resizeAntialiased(image, 1, 1, { x0: 0, y0: 0, x1: 2, y1: 1 }).pixels)).toEqual([14]);
  });

  it('copies a box of whole pixels that keeps its size', () => {
    const image: Raster8 = {
      rows: 2,
      columns: 4,
      samplesPerPixel: 1,
      pixels: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8),
    };
    expect(Array.from(resizeAntialiased(image, 1, 2, { x0: 1, y0: 1, x1: 3, y1: 2 }).pixels)).toEqual([6, 7]);
  });
});
