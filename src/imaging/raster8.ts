/** 8-bit samples on a grid, row-major and pixel-interleaved: `rows * columns * samplesPerPixel` bytes. */
export interface Raster8 {
  readonly rows: number;
  readonly columns: number;
  readonly samplesPerPixel: 1 | 3;
  readonly pixels: Uint8Array;
}

/** A rectangle in source pixels, half-open, fractions allowed; x along a row, the first pixel covers [0, 1). */
export interface SourceBox {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}
