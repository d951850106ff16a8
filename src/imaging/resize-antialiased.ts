import { resizeColumnsInto } from './resize-columns.ts';
import { resizeRowsInto } from './resize-rows.ts';
import { triangleCoefficients } from './triangle-coefficients.ts';
import type { Raster8, SourceBox } from './raster8.ts';

/** The whole of an image. */
const wholeOf = (image: Raster8): SourceBox => ({ x0: 0, y0: 0, x1: image.columns, y1: image.rows });

/**
 * Separable antialiased bilinear resampling of 8-bit samples: horizontal pass, rounding to 8 bits, vertical pass;
 * an axis that keeps its size and its whole box is not filtered at all. Equal to Pillow's
 * `Image.resize((columns, rows), BILINEAR, box)` for modes L and RGB.
 * @param box part of the source to resample, inside the image; default the whole of it
 */
export function resizeAntialiased(
  image: Raster8,
  rows: number,
  columns: number,
  box: SourceBox = wholeOf(image),
): Raster8 {
  const { samplesPerPixel } = image;
  const needsRows = columns !== image.columns || box.x0 !== 0 || box.x1 !== columns;
  const needsColumns = rows !== image.rows || box.y0 !== 0 || box.y1 !== rows;
  const vertical = triangleCoefficients(image.rows, box.y0, box.y1, rows);
  // The horizontal pass touches only the rows that the vertical one will read.
  const firstRow = needsColumns ? vertical.start[0]! : 0;
  const lastRow = needsColumns ? vertical.start[rows - 1]! + vertical.count[rows - 1]! : image.rows;

  let between = image.pixels;
  let betweenFirstRow = 0;
  if (needsRows) {
    const horizontal = triangleCoefficients(image.columns, box.x0, box.x1, columns);
    between = new Uint8Array((lastRow - firstRow) * columns * samplesPerPixel);
    betweenFirstRow = firstRow;
    const rowCount = lastRow - firstRow;
    resizeRowsInto(image.pixels, image.columns, samplesPerPixel, firstRow, rowCount, horizontal, between);
  }
  if (!needsColumns) {
    return { rows, columns, samplesPerPixel, pixels: needsRows ? between : image.pixels.slice() };
  }
  const pixels = new Uint8Array(rows * columns * samplesPerPixel);
  resizeColumnsInto(between, columns * samplesPerPixel, betweenFirstRow, vertical, pixels);
  return { rows, columns, samplesPerPixel, pixels };
}
