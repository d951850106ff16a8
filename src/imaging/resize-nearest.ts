import type { Raster8 } from './raster8.ts';

/** Every target pixel takes the source pixel under its centre: no new values arise, edges stay edges. */
export function resizeNearest(image: Raster8, rows: number, columns: number): Raster8 {
  const { samplesPerPixel } = image;
  const pixels = new Uint8Array(rows * columns * samplesPerPixel);
  for (let row = 0, at = 0; row < rows; row += 1) {
    const line = Math.floor(((row + 0.5) * image.rows) / rows) * image.columns;
    for (let column = 0; column < columns; column += 1, at += samplesPerPixel) {
      const from = (line + Math.floor(((column + 0.5) * image.columns) / columns)) * samplesPerPixel;
      for (let sample = 0; sample < samplesPerPixel; sample += 1) {
        pixels[at + sample] = image.pixels[from + sample]!;
      }
    }
  }
  return { rows, columns, samplesPerPixel, pixels };
}
