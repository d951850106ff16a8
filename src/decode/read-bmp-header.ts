import type { BmpHeader, ChannelMask, Palette } from './image-header.ts';
import { toPalette } from './palette.ts';
import { undecodable, unsupported } from './undecodable.ts';

const damaged = () => undecodable('the BMP file is damaged or cut off');

/** Bytes of the file header; the image header follows. */
const fileHeaderBytes = 14;
/** OS/2 1.x: 16-bit sizes, palette entries of 3 bytes. */
const coreHeaderBytes = 12;
/** Sizes of image headers: OS/2 1.x and 2.x (16 to 64), Windows 3, and its versions with masks and colour spaces. */
const headerSizes = new Set([coreHeaderBytes, 16, 40, 52, 56, 64, 108, 124]);
const depths = [1, 4, 8, 16, 24, 32] as const;
const isDepth = (bits: number): bits is BmpHeader['bitsPerPixel'] =>
  (depths as readonly number[]).includes(bits);

/** Compression field of the image header. OS/2 2.x gives 3 and 4 another meaning. */
const coding = { none: 0, rle8: 1, rle4: 2, masks: 3, masksWithAlpha: 6 } as const;

/** A mask of neighbouring bits; one with holes has no meaning. */
function toMask(bits: number): ChannelMask {
  if (bits === 0) return { shift: 0, top: 0 };
  const shift = Math.clz32(bits & -bits) ^ 31;
  const top = bits >>> shift;
  if ((top & (top + 1)) !== 0) throw damaged();
  return { shift, top };
}

/** Channels of 16- and 32-bit pixels without masks: five bits each, and eight each. */
const plainMasks: Readonly<Record<number, readonly number[]>> = {
  16: [0x7c00, 0x03e0, 0x001f],
  32: [0xff_0000, 0xff00, 0xff],
};

interface Fields {
  readonly view: DataView;
  readonly headerBytes: number;
  readonly bitsPerPixel: BmpHeader['bitsPerPixel'];
  readonly compression: number;
}

function readSize({ view, headerBytes }: Pick<Fields, 'view' | 'headerBytes'>) {
  if (headerBytes === coreHeaderBytes) {
    return {
      columns: view.getUint16(18, true),
      height: view.getUint16(20, true),
      bits: view.getUint16(24, true),
    };
  }
  return {
    columns: view.getInt32(18, true),
    height: view.getInt32(22, true),
    bits: view.getUint16(28, true),
  };
}

function assertCoding({ headerBytes, bitsPerPixel, compression }: Fields, isTopDown: boolean): void {
  const isOs2 = headerBytes === 16 || headerBytes === 64;
  if (compression === coding.none) return;
  if (compression === coding.rle8 && bitsPerPixel === 8 && !isTopDown) return;
  if (compression === coding.rle4 && bitsPerPixel === 4 && !isTopDown) return;
  const hasMasks = compression === coding.masks || compression === coding.masksWithAlpha;
  if (hasMasks && !isOs2 && (bitsPerPixel === 16 || bitsPerPixel === 32)) return;
  throw unsupported(`BMP of ${bitsPerPixel} bits with compression ${compression}`);
}

/** Masks lie in the header from its second version on, and right behind it in the first. */
function readMasks({ view, bitsPerPixel, compression }: Fields): {
  masks: readonly ChannelMask[];
  hasAlpha: boolean;
} {
  if (bitsPerPixel < 16 || bitsPerPixel === 24) return { masks: [], hasAlpha: false };
  if (compression === coding.none) return { masks: plainMasks[bitsPerPixel]!.map(toMask), hasAlpha: false };
  const at = fileHeaderBytes + 40;
  const hasFourth = compression === coding.masksWithAlpha || view.getUint32(14, true) >= 56;
  if (at + (hasFourth ? 16 : 12) > view.byteLength) throw damaged();
  const masks = [0, 4, 8].map((offset) => toMask(view.getUint32(at + offset, true)));
  return { masks, hasAlpha: hasFourth && view.getUint32(at + 12, true) !== 0 };
}

/** Blue, green, red, and mostly a fourth byte; as many entries as are said, and lie before the pixels. */
function readPalette({ view, headerBytes, bitsPerPixel }: Fields, pixelsAt: number): Palette | undefined {
  if (bitsPerPixel > 8) return undefined;
  const isCore = headerBytes === coreHeaderBytes;
  const entryBytes = isCore ? 3 : 4;
  const start = fileHeaderBytes + headerBytes;
  const said = isCore || headerBytes < 36 ? 0 : view.getUint32(46, true);
  const room = Math.floor((pixelsAt - start) / entryBytes);
  const count = Math.min(said === 0 ? 2 ** bitsPerPixel : said, 2 ** bitsPerPixel, room);
  if (count < 1) throw damaged();
  const colours = new Uint8Array(3 * count);
  for (let entry = 0; entry < count; entry += 1) {
    for (let channel = 0; channel < 3; channel += 1)
      colours[3 * entry + channel] = view.getUint8(start + entry * entryBytes + 2 - channel);
  }
  return toPalette(colours);
}

/** A profile inside the file or beside it: `MBED` or `LINK` in the colour space field of the fifth version. */
const hasProfile = (view: DataView, headerBytes: number): boolean =>
  headerBytes === 124 && [0x4d_42_45_44, 0x4c_49_4e_4b].includes(view.getUint32(70, true));

/**
 * Everything a BMP file says about itself (Microsoft, Bitmap Storage; OS/2 headers of 12, 16 and 64 bytes), without decoding.
 * @param bytes begin with BM
 * @throws AppError undecodable-image, unsupported-media-type
 */
export function readBmpHeader(bytes: Uint8Array): BmpHeader {
  if (bytes.byteLength < fileHeaderBytes + coreHeaderBytes) throw damaged();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const pixelsAt = view.getUint32(10, true);
  const headerBytes = view.getUint32(14, true);
  if (!headerSizes.has(headerBytes)) throw unsupported('BMP with a header of an unknown kind');
  const headerEnd = fileHeaderBytes + headerBytes;
  if (headerEnd > bytes.byteLength || pixelsAt < headerEnd || pixelsAt >= bytes.byteLength) throw damaged();
  const { columns, height, bits } = readSize({ view, headerBytes });
  if (columns <= 0 || height === 0) throw damaged();
  const compression = headerBytes < 20 ? 0 : view.getUint32(30, true);
  // JPEG and PNG inside BMP have no bits at all.
  if (!isDepth(bits)) throw unsupported(`BMP of ${bits} bits with compression ${compression}`);
  const fields = { view, headerBytes, bitsPerPixel: bits, compression };
  const isTopDown = height < 0;
  assertCoding(fields, isTopDown);
  return {
    format: 'bmp',
    rows: Math.abs(height),
    columns,
    exifOrientation: 1,
    hasIccProfile: hasProfile(view, headerBytes),
    bitsPerPixel: bits,
    isRunLengthCoded: fields.compression === coding.rle8 || fields.compression === coding.rle4,
    isTopDown,
    palette: readPalette(fields, pixelsAt),
    ...readMasks(fields),
    pixelsAt,
  };
}
