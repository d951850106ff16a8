import type { Raster8 } from './raster8.ts';

/** A rectangle of whole pixels. */
export interface PixelRegion {
  readonly row: number;
  readonly column: number;
  readonly rows: number;
  readonly columns: number;
}

/**
 * Copies `region` of `source` into a raster of `targetColumns` columns, its upper left corner at (`targetRow`, `targetColumn`).
 * What lies around it in `target` stays as it is.
 */
export function copyRegionInto(
  source: Raster8,
  region: PixelRegion,
  target: Uint8Array,
  targetColumns: number,
  targetRow: number,
  targetColumn: number,
): void {
  const { samplesPerPixel } = source;
  const lineBytes = region.columns * samplesPerPixel;
  for (let row = 0; row < region.rows; row += 1) {
    const from = ((region.row + row) * source.columns + region.column) * samplesPerPixel;
    const to = ((targetRow + row) * targetColumns + targetColumn) * samplesPerPixel;
    target.set(source.pixels.subarray(from, from + lineBytes), to);
  }
}
