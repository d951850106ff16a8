import { resizeAntialiased } from '#src/imaging/resize-antialiased.ts';
import type { Raster8 } from '#src/imaging/raster8.ts';
import type { InputGrid, PlacedRaster } from './resize-plan.ts';

/** The whole image onto the whole input, each axis with its own scale. */
export function placeStretch(image: Raster8, grid: InputGrid): PlacedRaster {
  const { height, width, patchSize } = grid;
  return {
    raster: resizeAntialiased(image, height, width),
    geometry: {
      mode: 'stretch',
      sourceRows: image.rows,
      sourceColumns: image.columns,
      inputHeight: height,
      inputWidth: width,
      scaleX: width / image.columns,
      scaleY: height / image.rows,
      offsetX: 0,
      offsetY: 0,
      valid: { x0: 0, y0: 0, x1: width, y1: height },
      patchSize,
    },
  };
}
