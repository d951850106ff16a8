/** Photometric interpretations (DICOM PS3.3 C.7.6.3.1.2) that a decoder may hand on; MONOCHROME1: the least value is white. */
export type PhotometricInterpretation = 'MONOCHROME1' | 'MONOCHROME2' | 'RGB';
export const photometricInterpretations = [
  'MONOCHROME1',
  'MONOCHROME2',
  'RGB',
] as const satisfies readonly PhotometricInterpretation[];

/** Container formats that the decoders know. */
export type ImageFormat = 'png' | 'jpeg' | 'webp' | 'tiff' | 'bmp' | 'gif';
export const imageFormats = [
  'png',
  'jpeg',
  'webp',
  'tiff',
  'bmp',
  'gif',
] as const satisfies readonly ImageFormat[];

/** What the bits of a sample mean. */
export type PixelRepresentation = 'unsigned' | 'signed' | 'float';
export const pixelRepresentations = [
  'unsigned',
  'signed',
  'float',
] as const satisfies readonly PixelRepresentation[];

/** Samples as they were stored: no value is rescaled, rounded or clamped. */
export type SampleArray =
  Uint8Array | Uint16Array | Uint32Array | Int8Array | Int16Array | Int32Array | Float32Array | Float64Array;

/**
 * One decoded still image on its displayed grid: EXIF orientation is already applied, palettes and CMYK are
 * already RGB, alpha is dropped (as the reference preprocessing does), grey stays one sample per pixel.
 */
export interface ImageFrame {
  readonly format: ImageFormat;
  readonly rows: number;
  readonly columns: number;
  readonly samplesPerPixel: 1 | 3;
  /** Significant bits of a sample as the file has it: 8 or 16 for PNG, 8 for WebP, BMP and GIF, up to 16 for lossless JPEG, up to 64 for TIFF. */
  readonly bitsStored: number;
  readonly pixelRepresentation: PixelRepresentation;
  readonly photometricInterpretation: PhotometricInterpretation;
  /**
   * Row-major, pixel-interleaved, `rows * columns * samplesPerPixel` of them, in the smallest array that holds
   * `bitsStored` bits of the representation; half floats are widened to Float32Array.
   */
  readonly pixels: SampleArray;
  /** EXIF orientation 1–8 that was applied (1: none). */
  readonly exifOrientation: number;
  /** What the decoder had to give up, for the reply: for example `alpha-dropped`, `cmyk-converted`. */
  readonly notes: readonly string[];
}

/** What a decoder may spend on one image, checked on the header before pixels are allocated. */
export interface DecodeLimits {
  readonly maxPixels: number;
  readonly maxBytes: number;
}
