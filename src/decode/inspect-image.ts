import { AppError } from '#src/domain/app-error.ts';
import type { DecodeLimits, ImageFormat } from '#src/domain/image-frame.ts';
import type { ImageHeader } from './image-header.ts';
import { readJpegHeader } from './read-jpeg-header.ts';
import { readPngHeader } from './read-png-header.ts';
import { readWebpHeader } from './read-webp-header.ts';
import { sniffImage } from './sniff-image.ts';

const headerReaders: Readonly<Record<ImageFormat, (bytes: Uint8Array) => ImageHeader>> = {
  png: readPngHeader,
  jpeg: readJpegHeader,
  webp: readWebpHeader,
};

/**
 * Longest side: what JPEG itself can say. No medical image is longer, and decoders take a hundred times longer for rows of one pixel.
 */
const maxSide = 65_535;

/**
 * Everything that can be said about an image without decoding it; costs microseconds and no memory, so it runs before
 * a child process is troubled. Bytes are limited first, pixels as soon as the header is read.
 * @throws AppError payload-too-large, unsupported-media-type, media-type-mismatch, undecodable-image, image-too-large
 */
export function inspectImage(
  bytes: Uint8Array,
  declaredType: string | undefined,
  limits: DecodeLimits,
): ImageHeader {
  if (bytes.byteLength > limits.maxBytes) {
    throw new AppError(
      'payload-too-large',
      `The file has ${bytes.byteLength} bytes; at most ${limits.maxBytes} are accepted.`,
    );
  }
  const format = sniffImage(bytes, declaredType);
  const header = headerReaders[format](bytes);
  if (Math.max(header.rows, header.columns) > maxSide) {
    throw new AppError('image-too-large', `A side of the image is longer than ${maxSide} pixels.`);
  }
  if (header.rows * header.columns > limits.maxPixels) {
    throw new AppError(
      'image-too-large',
      `The image has ${header.columns} × ${header.rows} pixels; at most ${limits.maxPixels} are accepted.`,
    );
  }
  return header;
}
