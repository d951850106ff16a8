import { resizeColumnsInto } from './resize-columns.ts';
import { resizeRowsInto } from './resize-rows.ts';
import { triangleCoefficients, type AxisCoefficients } from './triangle-coefficients.ts';
import type { Raster8, SourceBox } from './raster8.ts';

/** The whole of an image. */
const wholeOf = (image: Raster8): SourceBox => ({ x0: 0, y0: 0, x1: image.columns, y1: image.rows });

/** Filters along the rows of `image`, only those from `firstRow` on that a later vertical pass will read. */
function resizeHorizontally(image: Raster8, axis: AxisCoefficients, firstRow: number, rows: number): Raster8 {
  const { samplesPerPixel } = image;
  const columns = axis.start.length;
  const pixels = new Uint8Array(rows * columns * samplesPerPixel);
  resizeRowsInto(image.pixels, image.columns, samplesPerPixel, firstRow, rows, axis, pixels);
  return { rows, columns, samplesPerPixel, pixels };
}

/** @param firstRow source row at which `image` begins */
function resizeVertically(image: Raster8, axis: AxisCoefficients, firstRow: number): Raster8 {
  const { columns, samplesPerPixel } = image;
  const rows = axis.start.length;
  const pixels = new Uint8Array(rows * columns * samplesPerPixel);
  resizeColumnsInto(image.pixels, columns * samplesPerPixel, firstRow, axis, pixels);
  return { rows, columns, samplesPerPixel, pixels };
}

/**
 * Separable antialiased bilinear resampling of 8-bit samples, rounded to 8 bits between the passes; an axis that keeps
 * its size and its whole box is not filtered at all. Equal to `Image.resize((columns, rows), BILINEAR, box=box)` of
 * Pillow 13.0.0 for modes L and RGB, bit by bit. Its order too: the horizontal pass comes first, except where the
 * height shrinks by more than twice the pixels that the width does. Pillow before 13 never does that; such
 * images differ by one level here and there.
 * @param box part of the source to resample, inside the image; default the whole of it
 */
export function resizeAntialiased(
  image: Raster8,
  rows: number,
  columns: number,
  box: SourceBox = wholeOf(image),
): Raster8 {
  const needsHorizontal = columns !== image.columns || box.x0 !== 0 || box.x1 !== columns;
  const needsVertical = rows !== image.rows || box.y0 !== 0 || box.y1 !== rows;
  if (!needsHorizontal && !needsVertical) return { ...image, pixels: Uint8Array.from(image.pixels) };
  const across = triangleCoefficients(image.columns, box.x0, box.x1, columns);
  const down = triangleCoefficients(image.rows, box.y0, box.y1, rows);
  if (!needsVertical) return resizeHorizontally(image, across, 0, rows);
  if (!needsHorizontal) return resizeVertically(image, down, 0);
  const rowsLost = image.rows - rows;
  if (rowsLost > 0 && rowsLost > 2 * (image.columns - columns)) {
    return resizeHorizontally(resizeVertically(image, down, 0), across, 0, rows);
  }
  const firstRow = down.start[0]!;
  const lastRow = down.start[rows - 1]! + down.count[rows - 1]!;
  return resizeVertically(resizeHorizontally(image, across, firstRow, lastRow - firstRow), down, firstRow);
}
