import { sharp } from './configured-sharp.ts';
import type { PngHeader } from './image-header.ts';
import { undecodable } from './undecodable.ts';

/**
 * PNG of every depth and colour type by libvips: palettes become RGB, 1, 2 and 4 bits are spread over 8 as the format
 * demands (a 1-bit white is 255), 16 bits stay, alpha and tRNS are dropped without blending, gamma and profiles are ignored.
 * @returns interleaved samples, `rows * columns * (1 or 3)`
 * @throws AppError undecodable-image
 */
export async function decodePng(bytes: Uint8Array, header: PngHeader): Promise<Uint8Array | Uint16Array> {
  const isGray = header.colourType === 'gray' || header.colourType === 'gray-alpha';
  const isDeep = header.bitDepth === 16;
  const space = isGray ? (isDeep ? 'grey16' : 'b-w') : isDeep ? 'rgb16' : 'srgb';
  const samples = header.rows * header.columns * (isGray ? 1 : 3);
  const decoded = await sharp(bytes, {
    // Damage that libpng reports as a warning (a wrong checksum in metadata) does not touch pixels.
    failOn: 'error',
    // The header was checked against the caller's limit; this holds the library to what the header said.
    limitInputPixels: header.rows * header.columns,
    ignoreIcc: true,
  })
    .removeAlpha()
    .pipelineColourspace(space)
    .toColourspace(space)
    .raw({ depth: isDeep ? 'ushort' : 'uchar' })
    .toBuffer()
    .catch((cause: unknown) => {
      throw undecodable('the PNG file is damaged or cut off', cause);
    });
  const bytesPerSample = isDeep ? 2 : 1;
  if (decoded.byteLength !== samples * bytesPerSample) throw undecodable('the PNG file is damaged');
  const { buffer, byteOffset } = decoded;
  return isDeep ? new Uint16Array(buffer, byteOffset, samples) : new Uint8Array(buffer, byteOffset, samples);
}
