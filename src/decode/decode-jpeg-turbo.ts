import type { JpegHeader } from './image-header.ts';
import { jpegTurbo } from './native-libraries.ts';
import { undecodable } from './undecodable.ts';

/**
 * Lossy 8-bit JPEG of one or three components by libjpeg-turbo; one component is decoded to one channel. The colour
 * transform follows the file (JFIF and Adobe markers, component names), as libjpeg does everywhere. libjpeg's warnings
 * (a cut-off file, a damaged code) are errors here. The binding uses libjpeg's fast DCT: how far that is from
 * the exact one is measured in test/golden/preprocess.
 * @returns interleaved samples, `rows * columns * components`
 * @throws AppError undecodable-image
 */
export function decodeJpegTurbo(bytes: Uint8Array, header: JpegHeader): Uint8Array {
  const isGray = header.components === 1;
  const source = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const target = Buffer.alloc(header.rows * header.columns * header.components);
  try {
    const format = isGray ? jpegTurbo.FORMAT_GRAY : jpegTurbo.FORMAT_RGB;
    const { width, height } = jpegTurbo.decompressSync(source, target, { format });
    if (width === header.columns && height === header.rows) return target;
  } catch (cause) {
    throw undecodable('the JPEG file is damaged or cut off', cause);
  }
  throw undecodable('the JPEG file contradicts itself');
}
