import { undecodable } from '#src/decode/undecodable.ts';

export const damagedTiff = (cause?: unknown) => undecodable('the TIFF file is damaged or cut off', cause);

/** Numbers of a TIFF file in its own byte order. Every read is checked against the end of the file. */
export interface ByteSource {
  readonly bytes: Uint8Array;
  /** The same bytes, unchecked: for loops over what was found to lie inside the file. */
  readonly view: DataView;
  readonly isLittle: boolean;
  /** BigTIFF: offsets and counts have 64 bits. */
  readonly isBig: boolean;
  readonly uint8: (at: number) => number;
  readonly uint16: (at: number) => number;
  readonly uint32: (at: number) => number;
  /** @throws AppError undecodable-image beyond 2⁵³, which no file here can hold either */
  readonly uint64: (at: number) => number;
  /** An offset or count of this kind of file: 4 or 8 bytes. */
  readonly offset: (at: number) => number;
}

/**
 * The header of a TIFF file (TIFF 6.0, section 2; BigTIFF: version 43, offset size 8, then a zero).
 * @throws AppError undecodable-image
 */
export function openByteSource(bytes: Uint8Array): ByteSource {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isLittle = bytes[0] === 0x49;
  const checked =
    (size: number, read: (at: number) => number) =>
    (at: number): number => {
      if (at + size > bytes.byteLength) throw damagedTiff();
      return read(at);
    };
  const uint16 = checked(2, (at) => view.getUint16(at, isLittle));
  const uint32 = checked(4, (at) => view.getUint32(at, isLittle));
  const uint64 = checked(8, (at) => {
    const value = view.getBigUint64(at, isLittle);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw damagedTiff();
    return Number(value);
  });
  const isBig = uint16(2) === 43;
  if (isBig && (uint16(4) !== 8 || uint16(6) !== 0)) throw damagedTiff();
  const uint8 = checked(1, (at) => bytes[at]!);
  return { bytes, view, isLittle, isBig, uint8, uint16, uint32, uint64, offset: isBig ? uint64 : uint32 };
}
