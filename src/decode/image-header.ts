import type { ImageFormat } from '#src/domain/image-frame.ts';
import type { TiffPage } from './tiff/tiff-page.ts';

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
  /** Frames of an animation (acTL chunk, APNG); 1 without one. Only the default image is decoded. */
  readonly frames: number;
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

export interface TiffHeader extends ImageHeaderBase {
  readonly format: 'tiff';
  readonly page: TiffPage;
  /** Pages in the file. */
  readonly frames: number;
  /** Nobody asked for a page, so this is the first. */
  readonly isFirstByDefault: boolean;
}

/** Bits of a 16- or 32-bit pixel that make one channel. */
export interface ChannelMask {
  readonly shift: number;
  /** The channel's largest value, `2 ** bits - 1`; 0 where the channel is absent. */
  readonly top: number;
}

/** Indexes into a palette. `colours` holds red, green and blue, 3 bytes an entry. */
export interface Palette {
  readonly colours: Uint8Array;
  /** Red, green and blue are equal in every entry, so one sample says it all. */
  readonly isGray: boolean;
}

export interface BmpHeader extends ImageHeaderBase {
  readonly format: 'bmp';
  readonly bitsPerPixel: 1 | 4 | 8 | 16 | 24 | 32;
  readonly isRunLengthCoded: boolean;
  /** The first row in the file is the upper one. */
  readonly isTopDown: boolean;
  /** Undefined above 8 bits a pixel. */
  readonly palette: Palette | undefined;
  /** Red, green, blue; of 16- and 32-bit pixels. */
  readonly masks: readonly ChannelMask[];
  readonly hasAlpha: boolean;
  /** Where the pixels begin in the file. */
  readonly pixelsAt: number;
}

export interface GifHeader extends ImageHeaderBase {
  readonly format: 'gif';
  readonly palette: Palette;
  /** Frames in the file; only the first is decoded. */
  readonly frames: number;
  /** Pixels of the first frame are transparent where they have this index. */
  readonly transparentIndex: number | undefined;
  /** Index of the canvas where the first frame does not cover it. */
  readonly backgroundIndex: number;
  /** The first frame on the canvas. */
  readonly frame: {
    readonly row: number;
    readonly column: number;
    readonly rows: number;
    readonly columns: number;
    readonly isInterlaced: boolean;
    readonly literalBits: number;
    /** Where its coded data begin in the file: sub-blocks, up to an empty one. */
    readonly dataAt: number;
  };
}

export type ImageHeader = PngHeader | JpegHeader | WebpHeader | TiffHeader | BmpHeader | GifHeader;
