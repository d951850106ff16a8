import { copyRegionInto } from '#src/imaging/copy-region.ts';
import { resizeAntialiased } from '#src/imaging/resize-antialiased.ts';
import type { Raster8 } from '#src/imaging/raster8.ts';
import { padLevel, type InputGrid, type PlacedRaster } from './resize-plan.ts';

/** Sides are rounded half up to whole pixels and never vanish; so the two scales may differ by a fraction of a pixel. */
const scaledSide = (side: number, scale: number, available: number): number =>
  Math.min(available, Math.max(1, Math.floor(side * scale + 0.5)));

/** The whole image, its aspect kept, in the middle of the input; what is left over is split evenly, the odd pixel below and right. */
export function placeFit(image: Raster8, grid: InputGrid): PlacedRaster {
  const { height, width, patchSize } = grid;
  const scale = Math.min(width / image.columns, height / image.rows);
  const columns = scaledSide(image.columns, scale, width);
  const rows = scaledSide(image.rows, scale, height);
  const left = Math.floor((width - columns) / 2);
  const top = Math.floor((height - rows) / 2);
  const pixels = new Uint8Array(width * height * image.samplesPerPixel).fill(padLevel);
  const resized = resizeAntialiased(image, rows, columns);
  copyRegionInto(resized, { row: 0, column: 0, rows, columns }, pixels, width, top, left);
  return {
    raster: { rows: height, columns: width, samplesPerPixel: image.samplesPerPixel, pixels },
    geometry: {
      mode: 'fit',
      sourceRows: image.rows,
      sourceColumns: image.columns,
      inputHeight: height,
      inputWidth: width,
      scaleX: columns / image.columns,
      scaleY: rows / image.rows,
      offsetX: left,
      offsetY: top,
      valid: { x0: left, y0: top, x1: left + columns, y1: top + rows },
      patchSize,
    },
  };
}
