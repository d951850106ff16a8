import { inflateSync, zstdDecompressSync } from 'node:zlib';
import { tiffLzw, unpackLzw } from '#src/decode/unpack-lzw.ts';
import { damagedTiff } from './byte-source.ts';
import type { TiffCompression } from './tiff-page.ts';
import { unpackBits } from './unpack-bits.ts';

const unpackers: Readonly<
  Record<
    Exclude<TiffCompression, 'jpeg'>,
    (packed: Uint8Array, most: number, least: number) => Uint8Array | undefined
  >
> = {
  none: (packed) => packed,
  lzw: (packed, most) => unpackLzw(packed, tiffLzw, most),
  packbits: (packed, _most, least) => unpackBits(packed, least),
  deflate: (packed, most) => inflateSync(packed, { maxOutputLength: most }),
  zstd: (packed, most) => zstdDecompressSync(packed, { maxOutputLength: most }),
};

/**
 * A strip or tile unpacked; more than a whole block is never made, whatever the data say of themselves.
 * @param most bytes of a whole block; some writers fill the last strip up to it
 * @param least bytes that the page needs of this one
 * @returns exactly `least` bytes; those of an uncompressed block are a view of the file
 * @throws AppError undecodable-image
 */
export function unpackBlock(
  packed: Uint8Array,
  compression: Exclude<TiffCompression, 'jpeg'>,
  most: number,
  least: number,
): Uint8Array {
  let bytes: Uint8Array | undefined;
  try {
    bytes = unpackers[compression](packed, most, least);
  } catch (cause) {
    throw damagedTiff(cause);
  }
  if (bytes === undefined || bytes.byteLength < least) throw damagedTiff();
  return bytes.subarray(0, least);
}
