import { AppError } from '#src/domain/app-error.ts';
import type { DecodeLimits, ImageFormat } from '#src/domain/image-frame.ts';
import type { ImageHeader } from './image-header.ts';
import { readBmpHeader } from './read-bmp-header.ts';
import { readGifHeader } from './read-gif-header.ts';
import { readJpegHeader } from './read-jpeg-header.ts';
import { readPngHeader } from './read-png-header.ts';
import { readTiffHeader } from './read-tiff-header.ts';
import { readWebpHeader } from './read-webp-header.ts';
import { sniffImage } from './sniff-image.ts';

const headerReaders: Readonly<
  Record<ImageFormat, (bytes: Uint8Array, frameNumber: number | undefined) => ImageHeader>
> = {
  png: readPngHeader,
  jpeg: readJpegHeader,
  webp: readWebpHeader,
  tiff: readTiffHeader,
  bmp: readBmpHeader,
  gif: readGifHeader,
};

/**
 * Longest side: what JPEG itself can say. No medical image is longer, and decoders take a hundred times longer for rows of one pixel.
 */
const maxSide = 65_535;

/** What RGBA of 16 bits takes, the most that a PNG of the largest size has: a TIFF page may have more, but then fewer pixels. */
const maxBytesPerPixel = 8;

/** Bytes of all samples, those that are dropped later too. */
function sampleBytes(header: ImageHeader): number {
  if (header.format !== 'tiff') return 0;
  const { rows, columns, samplesPerPixel, bitsPerSample } = header.page;
  return rows * columns * samplesPerPixel * Math.ceil(bitsPerSample / 8);
}

/**
 * Everything that can be said about an image without decoding it; costs microseconds and no memory, so it runs before
 * a child process is troubled. Bytes are limited first, pixels as soon as the header is read.
 * @param frameNumber page of a TIFF file, from 1 (undefined: the first); other formats give their first frame only
 * @throws AppError payload-too-large, unsupported-media-type, media-type-mismatch, undecodable-image, image-too-large, unusable-input
 */
export function inspectImage(
  bytes: Uint8Array,
  declaredType: string | undefined,
  limits: DecodeLimits,
  frameNumber?: number,
): ImageHeader {
  if (bytes.byteLength > limits.maxBytes) {
    throw new AppError(
      'payload-too-large',
      `The file has ${bytes.byteLength} bytes; at most ${limits.maxBytes} are accepted.`,
    );
  }
  const format = sniffImage(bytes, declaredType);
  const header = headerReaders[format](bytes, frameNumber);
  if (Math.max(header.rows, header.columns) > maxSide) {
    throw new AppError('image-too-large', `A side of the image is longer than ${maxSide} pixels.`);
  }
  if (header.rows * header.columns > limits.maxPixels) {
    throw new AppError(
      'image-too-large',
      `The image has ${header.columns} × ${header.rows} pixels; at most ${limits.maxPixels} are accepted.`,
    );
  }
  if (sampleBytes(header) > limits.maxPixels * maxBytesPerPixel) {
    throw new AppError('image-too-large', 'The samples of the image take too much memory together.');
  }
  return header;
}
