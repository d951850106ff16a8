import { sharp } from './configured-sharp.ts';
import type { WebpHeader } from './image-header.ts';
import { undecodable } from './undecodable.ts';

/**
 * WebP, lossy or lossless, by libvips: always RGB, alpha dropped without blending, profiles ignored, of an animation the
 * first frame.
 * @returns interleaved samples, `rows * columns * 3`
 * @throws AppError undecodable-image
 */
export async function decodeWebp(bytes: Uint8Array, { rows, columns }: WebpHeader): Promise<Uint8Array> {
  const decoded = await sharp(bytes, {
    failOn: 'warning',
    // The header was checked against the caller's limit; this holds the library to what the header said.
    limitInputPixels: rows * columns,
    ignoreIcc: true,
    page: 0,
    pages: 1,
  })
    .removeAlpha()
    .pipelineColourspace('srgb')
    .toColourspace('srgb')
    .raw()
    .toBuffer()
    .catch((cause: unknown) => {
      throw undecodable('the WebP file is damaged or cut off', cause);
    });
  if (decoded.byteLength !== rows * columns * 3) throw undecodable('the WebP file contradicts itself');
  return new Uint8Array(decoded.buffer, decoded.byteOffset, decoded.byteLength);
}
