import { resizeAntialiased } from '#src/imaging/resize-antialiased.ts';
import type { Raster8 } from '#src/imaging/raster8.ts';
import type { InputGrid, PlacedRaster } from './resize-plan.ts';

/** The middle `length` of `side`, as the 32-bit floats the resampler works with; the whole side stays exactly whole. */
function centred(side: number, length: number): { from: number; to: number } {
  if (length >= side) return { from: 0, to: side };
  const from = (side - length) / 2;
  return { from: Math.fround(from), to: Math.fround(from + length) };
}

/**
 * The largest centred box of the input's aspect, resampled in one step: the short side fits, the long one is cut.
 * At the cut the filter reaches over the edge of the box into the image, as Pillow's `resize(box=…)`.
 */
export function placeCrop(image: Raster8, grid: InputGrid): PlacedRaster {
  const { height, width, patchSize } = grid;
  const scale = Math.max(width / image.columns, height / image.rows);
  const x = centred(image.columns, width / scale);
  const y = centred(image.rows, height / scale);
  const scaleX = width / (x.to - x.from);
  const scaleY = height / (y.to - y.from);
  return {
    raster: resizeAntialiased(image, height, width, { x0: x.from, y0: y.from, x1: x.to, y1: y.to }),
    geometry: {
      mode: 'crop',
      sourceRows: image.rows,
      sourceColumns: image.columns,
      inputHeight: height,
      inputWidth: width,
      scaleX,
      scaleY,
      offsetX: 0 - x.from * scaleX,
      offsetY: 0 - y.from * scaleY,
      valid: { x0: 0, y0: 0, x1: width, y1: height },
      patchSize,
    },
  };
}
