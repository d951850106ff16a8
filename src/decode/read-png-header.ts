import type { PngColourType, PngHeader } from './image-header.ts';
import { readExifOrientation } from './read-exif-orientation.ts';
import { undecodable } from './undecodable.ts';

const signatureBytes = 8;
/** length, type and CRC around the content of a chunk */
const chunkOverheadBytes = 12;
/** A file of empty chunks must not cost a walk of millions; real files have one per 8 kB or so. */
const maxChunks = 100_000;

const colourTypes: Readonly<Record<number, { type: PngColourType; depths: readonly number[] }>> = {
  0: { type: 'gray', depths: [1, 2, 4, 8, 16] },
  2: { type: 'rgb', depths: [8, 16] },
  3: { type: 'palette', depths: [1, 2, 4, 8] },
  4: { type: 'gray-alpha', depths: [8, 16] },
  6: { type: 'rgb-alpha', depths: [8, 16] },
};

interface Chunk {
  readonly type: string;
  readonly content: Uint8Array;
}

/** All chunks from the signature to IEND; a file that ends before IEND is cut off. */
function* walkChunks(bytes: Uint8Array): Generator<Chunk> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let offset = signatureBytes;
  for (let count = 0; count < maxChunks; count += 1) {
    if (offset + chunkOverheadBytes > bytes.byteLength) throw undecodable('the PNG file is cut off');
    const length = view.getUint32(offset, false);
    const end = offset + chunkOverheadBytes + length;
    if (end > bytes.byteLength) throw undecodable('the PNG file is cut off');
    const type = String.fromCharCode(...bytes.subarray(offset + 4, offset + 8));
    yield { type, content: bytes.subarray(offset + 8, offset + 8 + length) };
    if (type === 'IEND') return;
    offset = end;
  }
  throw undecodable('the PNG file has too many chunks');
}

/** IHDR: width, height, depth, colour type, compression, filter, interlace (PNG specification, section 11.2.1). */
function readImageHeader(chunk: Chunk | undefined) {
  if (chunk?.type !== 'IHDR' || chunk.content.byteLength !== 13)
    throw undecodable('the PNG header is missing');
  const { content } = chunk;
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  const columns = view.getUint32(0, false);
  const rows = view.getUint32(4, false);
  const bitDepth = content[8]!;
  const colour = colourTypes[content[9]!];
  const interlace = content[12]!;
  const hasSize = rows > 0 && columns > 0 && rows < 2 ** 31 && columns < 2 ** 31;
  const hasCoding = content[10] === 0 && content[11] === 0 && interlace <= 1;
  if (!hasSize || !hasCoding || colour?.depths.includes(bitDepth) !== true) {
    throw undecodable('the PNG header is not valid');
  }
  return {
    rows,
    columns,
    bitDepth: bitDepth as PngHeader['bitDepth'],
    colourType: colour.type,
    isInterlaced: interlace === 1,
  };
}

/** acTL (PNG specification, third edition, 11.3.6.1): the number of frames, then that of repetitions. */
function readFrameCount(content: Uint8Array): number {
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  return content.byteLength < 8 ? 1 : Math.max(1, view.getUint32(0, false));
}

/** sBIT holds one count per channel; the largest colour channel decides, alpha (last of 2 or 4) does not count. */
function readSignificantBits(content: Uint8Array, depth: number): number | undefined {
  const colours = content.byteLength === 2 || content.byteLength === 4 ? content.subarray(0, -1) : content;
  const bits = Math.max(0, ...colours.subarray(0, 3));
  return bits >= 1 && bits < depth ? bits : undefined;
}

/**
 * Everything a PNG says about itself, without decoding: IHDR and the chunks that change how pixels are read. Walks to
 * IEND, so a cut-off file is refused here. Checksums are left to the decoder.
 * @param bytes begin with the PNG signature
 * @throws AppError undecodable-image
 */
export function readPngHeader(bytes: Uint8Array): PngHeader {
  const chunks = walkChunks(bytes);
  const first = chunks.next();
  const image = readImageHeader(first.done === true ? undefined : first.value);
  const seen = new Set<string>();
  let exifOrientation = 1;
  let frames = 1;
  let significantBits: number | undefined;
  for (const { type, content } of chunks) {
    if (type === 'IHDR') throw undecodable('the PNG file has two headers');
    if (type === 'IDAT' && image.colourType === 'palette' && !seen.has('PLTE')) {
      throw undecodable('the PNG palette is missing');
    }
    if (type === 'eXIf' && !seen.has(type)) exifOrientation = readExifOrientation(content);
    if (type === 'acTL' && !seen.has(type)) frames = readFrameCount(content);
    if (type === 'sBIT' && !seen.has(type)) significantBits = readSignificantBits(content, image.bitDepth);
    seen.add(type);
  }
  if (!seen.has('IDAT')) throw undecodable('the PNG file has no pixels');
  return {
    format: 'png',
    ...image,
    exifOrientation,
    significantBits,
    hasTransparency: seen.has('tRNS'),
    hasIccProfile: seen.has('iCCP'),
    frames,
  };
}
