import type { Geometry } from '#src/domain/geometry.ts';
import { copyRegionInto } from '#src/imaging/copy-region.ts';
import type { Raster8 } from '#src/imaging/raster8.ts';
import { resizeAntialiased } from '#src/imaging/resize-antialiased.ts';
import { resizeNearest } from '#src/imaging/resize-nearest.ts';
import type { TokenView } from './token-image.ts';

/** The image as the encoder saw it, and its map: two RGB rasters of one size. */
export interface Panels {
  readonly image: Raster8;
  readonly map: Raster8;
}

/** Edge of an image whose patches are mostly padding: white, as the picture's background is. */
const unshownLevel = 255;

/** Rows and columns of the source that all views together show. */
function shownSource({ mode, sourceRows, sourceColumns, valid, scaleX, scaleY }: Geometry) {
  if (mode === 'tile') return { rows: sourceRows, columns: sourceColumns };
  return { rows: (valid.y1 - valid.y0) / scaleY, columns: (valid.x1 - valid.x0) / scaleX };
}

/** Pixels on which the views are put together: the source's own for tiles, which have its scale, else the valid part of the only view. */
function canvasSize({ mode, sourceRows, sourceColumns, valid }: Geometry) {
  if (mode === 'tile') return { rows: sourceRows, columns: sourceColumns };
  return { rows: valid.y1 - valid.y0, columns: valid.x1 - valid.x0 };
}

/** Where the valid part of a view begins on the canvas. */
function placeOnCanvas({ mode, valid, offsetX, offsetY }: Geometry) {
  return mode === 'tile' ? { row: valid.y0 - offsetY, column: valid.x0 - offsetX } : { row: 0, column: 0 };
}

/** A view's patches as squares of their colours, at the size of the model's input. */
function paintPatches({ raster, grid, shown }: TokenView, colours: Uint8Array): Raster8 {
  const cells = new Uint8Array(grid.rows * grid.columns * 3).fill(unshownLevel);
  for (const [at, patch] of shown.entries()) cells.set(colours.subarray(at * 3, at * 3 + 3), patch * 3);
  const small: Raster8 = { rows: grid.rows, columns: grid.columns, samplesPerPixel: 3, pixels: cells };
  return resizeNearest(small, raster.rows, raster.columns);
}

/** A line of one pixel cannot be looked at: no side is shorter than this share of the longer one, 16 pixels of 448. */
const leastShare = 1 / 28;

/** Sides of the largest rectangle of that aspect in a square; the shorter side of a very long image is drawn wider than it is. */
function fitInto(size: number, { rows, columns }: { readonly rows: number; readonly columns: number }) {
  const scale = size / Math.max(rows, columns);
  const least = Math.max(1, Math.round(size * leastShare));
  return {
    rows: Math.max(least, Math.round(rows * scale)),
    columns: Math.max(least, Math.round(columns * scale)),
  };
}

/**
 * Puts the views of an image together and brings them to a size, in the aspect of the source: what `stretch` squeezed is undone.
 * The image is resampled as preprocessing does it, the map by nearest neighbour: a square is a patch, nothing is smoothed.
 * Where tiles overlap, the later one is on top.
 * @param colours an RGB triple per shown patch, view after view
 * @param size longer side in pixels
 */
export function paintPanels(views: readonly TokenView[], colours: Uint8Array, size: number): Panels {
  const { geometry } = views[0]!;
  const canvas = canvasSize(geometry);
  const image = new Uint8Array(canvas.rows * canvas.columns * 3);
  const map = new Uint8Array(image.length);
  let at = 0;
  for (const view of views) {
    const { valid } = view.geometry;
    const region = {
      row: valid.y0,
      column: valid.x0,
      rows: valid.y1 - valid.y0,
      columns: valid.x1 - valid.x0,
    };
    const { row, column } = placeOnCanvas(view.geometry);
    const painted = paintPatches(view, colours.subarray(at, at + view.shown.length * 3));
    copyRegionInto(view.raster, region, image, canvas.columns, row, column);
    copyRegionInto(painted, region, map, canvas.columns, row, column);
    at += view.shown.length * 3;
  }
  const target = fitInto(size, shownSource(geometry));
  return {
    image: resizeAntialiased({ ...canvas, samplesPerPixel: 3, pixels: image }, target.rows, target.columns),
    map: resizeNearest({ ...canvas, samplesPerPixel: 3, pixels: map }, target.rows, target.columns),
  };
}
