import type { ImageFormat } from '#src/domain/image-frame.ts';

/** What a file says about its pixels before any is decoded. Rows and columns are as stored: orientation is not yet applied. */
export interface ImageHeaderBase {
  readonly format: ImageFormat;
  readonly rows: number;
  readonly columns: number;
  /** EXIF orientation 1–8; 1 where the file says nothing usable. */
  readonly exifOrientation: number;
  /** An ICC profile is in the file. It is not applied. */
  readonly hasIccProfile: boolean;
}

/** PNG colour types (PNG specification, section 11.2.1). */
export type PngColourType = 'gray' | 'rgb' | 'palette' | 'gray-alpha' | 'rgb-alpha';

export interface PngHeader extends ImageHeaderBase {
  readonly format: 'png';
  readonly bitDepth: 1 | 2 | 4 | 8 | 16;
  readonly colourType: PngColourType;
  readonly isInterlaced: boolean;
  /** A tRNS chunk makes some colours or palette entries transparent. */
  readonly hasTransparency: boolean;
  /** An acTL chunk: more frames follow the default image (APNG). */
  readonly isAnimated: boolean;
  /** Bits that were significant at the source (sBIT); undefined without the chunk or when they equal the depth. */
  readonly significantBits: number | undefined;
}

/** Coding processes (ITU-T T.81, table B.1) that the decoders know. */
export type JpegProcess = 'baseline' | 'extended' | 'progressive' | 'lossless';

export interface JpegHeader extends ImageHeaderBase {
  readonly format: 'jpeg';
  readonly process: JpegProcess;
  /** Bits of a sample: 8, or 2–16 for the lossless process. */
  readonly precision: number;
  readonly components: 1 | 3 | 4;
  /** Byte 11 of the Adobe APP14 segment: 0 RGB or CMYK, 1 YCbCr, 2 YCCK; undefined without the segment. */
  readonly adobeTransform: number | undefined;
}

export interface WebpHeader extends ImageHeaderBase {
  readonly format: 'webp';
  /** Samples have an alpha channel, which is dropped. */
  readonly hasAlpha: boolean;
  /** Frames in the file; only the first is decoded. */
  readonly frames: number;
}

export type ImageHeader = PngHeader | JpegHeader | WebpHeader;
