import { AppError } from '#src/domain/app-error.ts';
import type { DecodeLimits } from '#src/domain/image-frame.ts';
import type { ImageHeader } from './image-header.ts';
import { readJpegHeader } from './read-jpeg-header.ts';
import { readPngHeader } from './read-png-header.ts';
import { sniffImage } from './sniff-image.ts';

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
  const header = format === 'png' ? readPngHeader(bytes) : readJpegHeader(bytes);
  if (header.rows * header.columns > limits.maxPixels) {
    throw new AppError(
      'image-too-large',
      `The image has ${header.columns} × ${header.rows} pixels; at most ${limits.maxPixels} are accepted.`,
    );
  }
  return header;
}
