import { AppError } from '#src/domain/app-error.ts';
import { copyRegionInto } from '#src/imaging/copy-region.ts';
import type { Raster8 } from '#src/imaging/raster8.ts';
import { padLevel, type InputGrid, type PlacedRaster } from './resize-plan.ts';

/** Neighbouring windows share about a quarter, in whole patches, so that patch grids of neighbours line up. */
const strideShare = 3 / 4;

/** One window along one axis, in source pixels: where it starts, how much it takes, and where that goes in the input. */
interface Span {
  readonly from: number;
  readonly length: number;
  readonly at: number;
}

/**
 * Windows of `size` over `side` pixels; the last one is moved back to the edge. A side shorter than the window gives
 * one span, in the middle of the padding.
 */
function spans(side: number, size: number, patchSize: number): Span[] {
  if (side <= size) return [{ from: 0, length: side, at: Math.floor((size - side) / 2) }];
  const stride = Math.max(patchSize, Math.floor((size * strideShare) / patchSize) * patchSize);
  const count = Math.ceil((side - size) / stride) + 1;
  return Array.from({ length: count }, (_, index) => ({
    from: Math.min(index * stride, side - size),
    length: size,
    at: 0,
  }));
}

function placeWindow(image: Raster8, grid: InputGrid, x: Span, y: Span): PlacedRaster {
  const { height, width, patchSize } = grid;
  const pixels = new Uint8Array(width * height * image.samplesPerPixel).fill(padLevel);
  const region = { row: y.from, column: x.from, rows: y.length, columns: x.length };
  copyRegionInto(image, region, pixels, width, y.at, x.at);
  return {
    raster: { rows: height, columns: width, samplesPerPixel: image.samplesPerPixel, pixels },
    geometry: {
      mode: 'tile',
      sourceRows: image.rows,
      sourceColumns: image.columns,
      inputHeight: height,
      inputWidth: width,
      scaleX: 1,
      scaleY: 1,
      offsetX: x.at - x.from,
      offsetY: y.at - y.from,
      valid: { x0: x.at, y0: y.at, x1: x.at + x.length, y1: y.at + y.length },
      patchSize,
    },
  };
}

/**
 * Overlapping windows at native resolution, row by row; a side shorter than the model's is padded, never enlarged.
 * @throws AppError unusable-input when there would be more than `maxTiles`
 */
export function placeTiles(image: Raster8, grid: InputGrid, maxTiles: number): PlacedRaster[] {
  const across = spans(image.columns, grid.width, grid.patchSize);
  const down = spans(image.rows, grid.height, grid.patchSize);
  const count = across.length * down.length;
  if (count > maxTiles) {
    throw new AppError(
      'unusable-input',
      `resize=tile would cut this image into ${count} tiles; at most ${maxTiles} are allowed.`,
    );
  }
  return down.flatMap((y) => across.map((x) => placeWindow(image, grid, x, y)));
}
