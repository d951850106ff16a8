import { readFileSync } from 'node:fs';
import type { PhotometricInterpretation, PixelRepresentation } from '#src/domain/image-frame.ts';

/** One TIFF file and what is in it (make_golden.py). */
export interface TiffCase {
  readonly file: string;
  readonly rows: number;
  readonly columns: number;
  readonly samplesPerPixel: 1 | 3;
  readonly bitsStored: number;
  readonly pixelRepresentation: PixelRepresentation;
  readonly photometricInterpretation: PhotometricInterpretation;
  readonly exifOrientation: number;
  /** Separated by spaces. */
  readonly notes: string;
  /** Of the samples of the first page as little-endian bytes. */
  readonly sha256: string;
  /** The same of every page. */
  readonly pages?: readonly string[];
  /** Which of the reference libraries read exactly these samples. */
  readonly readBy: string;
}

/** A file mapped to levels and resized by numpy and Pillow (resize=stretch). */
export interface PreparedTiffCase {
  readonly file: string;
  readonly window: string;
  readonly height: number;
  readonly width: number;
  readonly sha256: string;
}

interface Golden {
  readonly madeWith: { readonly tifffile: string; readonly pillow: string };
  readonly cases: readonly TiffCase[];
  readonly prepared: readonly PreparedTiffCase[];
}

const folder = new URL('./', import.meta.url);
export const tiffGolden = JSON.parse(readFileSync(new URL('golden.json', folder), 'utf8')) as Golden;

/** Bytes of an input file, in memory of its own. */
export const readTiff = (file: string): Uint8Array =>
  new Uint8Array(readFileSync(new URL(`inputs/${file}`, folder)));
