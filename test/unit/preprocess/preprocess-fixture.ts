import type { ImageFrame } from '#src/domain/image-frame.ts';

/** A frame around samples; RGB when there are three of them a pixel. */
export function frameOf(
  rows: number,
  columns: number,
  pixels: Uint8Array | Uint16Array,
  bitsStored = pixels instanceof Uint16Array ? 16 : 8,
): ImageFrame {
  const samplesPerPixel = pixels.length === rows * columns ? 1 : 3;
  return {
    format: 'png',
    rows,
    columns,
    samplesPerPixel,
    bitsStored,
    photometricInterpretation: samplesPerPixel === 1 ? 'MONOCHROME2' : 'RGB',
    pixels,
    exifOrientation: 1,
    notes: [],
  };
}

/** The part of a model spec that preprocessing reads. */
export function specOf(height: number, width: number, channels = 3, patchSize = 16) {
  return { input: { name: 'images', channels, height, width, mean: [], std: [] }, patchSize };
}
