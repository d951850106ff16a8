import type { ImageFrame, PixelRepresentation, SampleArray } from '#src/domain/image-frame.ts';

function representationOf(pixels: SampleArray): PixelRepresentation {
  if (pixels instanceof Float32Array || pixels instanceof Float64Array) return 'float';
  const isSigned =
    pixels instanceof Int8Array || pixels instanceof Int16Array || pixels instanceof Int32Array;
  return isSigned ? 'signed' : 'unsigned';
}

/** A frame around samples; RGB when there are three of them a pixel. */
export function frameOf(
  rows: number,
  columns: number,
  pixels: SampleArray,
  bitsStored = 8 * pixels.BYTES_PER_ELEMENT,
): ImageFrame {
  const samplesPerPixel = pixels.length === rows * columns ? 1 : 3;
  return {
    format: 'png',
    rows,
    columns,
    samplesPerPixel,
    bitsStored,
    pixelRepresentation: representationOf(pixels),
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
