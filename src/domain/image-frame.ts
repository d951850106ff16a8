/** Photometric interpretations (DICOM PS3.3 C.7.6.3.1.2) that a decoder may hand on. */
export type PhotometricInterpretation = 'MONOCHROME2' | 'RGB';

/** Container formats that the decoders know. */
export type ImageFormat = 'png' | 'jpeg' | 'webp';

/**
 * One decoded still image on its displayed grid: EXIF orientation is already applied, palettes and CMYK are
 * already RGB, alpha is dropped (as the reference preprocessing does), grey stays one sample per pixel.
 */
export interface ImageFrame {
  readonly format: ImageFormat;
  readonly rows: number;
  readonly columns: number;
  readonly samplesPerPixel: 1 | 3;
  /** Significant bits of a sample, 8 or 16 for PNG, 8 for WebP and up to 16 for lossless JPEG. */
  readonly bitsStored: number;
  readonly photometricInterpretation: PhotometricInterpretation;
  /** Unsigned samples, row-major, pixel-interleaved, `rows * columns * samplesPerPixel` of them; Uint16Array when bitsStored > 8. */
  readonly pixels: Uint8Array | Uint16Array;
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
