import { readExifOrientation } from './read-exif-orientation.ts';
import type { WebpHeader } from './image-header.ts';
import { undecodable } from './undecodable.ts';

interface Chunk {
  readonly type: string;
  readonly content: Uint8Array;
}

interface Size {
  readonly rows: number;
  readonly columns: number;
  readonly hasAlpha: boolean;
}

const damaged = () => undecodable('the WebP file is damaged or cut off');
const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const uint24 = (bytes: Uint8Array, at: number): number =>
  bytes[at]! + bytes[at + 1]! * 256 + bytes[at + 2]! * 65_536;
const ascii = (bytes: Uint8Array): string => String.fromCharCode(...bytes);

/** RIFF chunks; contents are views. An odd one is padded by a byte, which may be missing behind the last. */
function* walkChunks(bytes: Uint8Array): Generator<Chunk> {
  const view = viewOf(bytes);
  for (let at = 0; at < bytes.byteLength;) {
    if (at + 8 > bytes.byteLength) throw damaged();
    const length = view.getUint32(at + 4, true);
    const end = at + 8 + length;
    if (end > bytes.byteLength) throw damaged();
    yield { type: ascii(bytes.subarray(at, at + 4)), content: bytes.subarray(at + 8, end) };
    at = end + (length % 2);
  }
}

/** Size in a VP8 key frame (RFC 6386, 9.1) or a VP8L stream (RFC 9649, 3.4); undefined for any other chunk. */
function readBitstreamSize({ type, content }: Chunk): Size | undefined {
  if (type !== 'VP8 ' && type !== 'VP8L') return undefined;
  if (content.byteLength < 10) throw damaged();
  const view = viewOf(content);
  if (type === 'VP8L') {
    if (content[0] !== 0x2f) throw damaged();
    const bits = view.getUint32(1, true);
    const hasAlpha = (bits & 0x1000_0000) !== 0;
    return { columns: (bits & 0x3fff) + 1, rows: ((bits >>> 14) & 0x3fff) + 1, hasAlpha };
  }
  const isKeyFrame = (content[0]! & 1) === 0;
  if (!isKeyFrame || uint24(content, 3) !== 0x2a_01_9d) throw damaged();
  const columns = view.getUint16(6, true) & 0x3fff;
  const rows = view.getUint16(8, true) & 0x3fff;
  if (rows === 0 || columns === 0) throw damaged();
  return { rows, columns, hasAlpha: false };
}

/** An animation frame must lie on the canvas, and its stream be as large as it says (RFC 9649, 2.7.1.2). */
function checkFrame(content: Uint8Array, canvas: Size): void {
  if (content.byteLength < 16) throw damaged();
  const columns = uint24(content, 6) + 1;
  const rows = uint24(content, 9) + 1;
  const right = 2 * uint24(content, 0) + columns;
  const bottom = 2 * uint24(content, 3) + rows;
  if (right > canvas.columns || bottom > canvas.rows) throw damaged();
  const [size] = Array.from(walkChunks(content.subarray(16)), readBitstreamSize).filter(
    (found) => found !== undefined,
  );
  if (size?.rows !== rows || size.columns !== columns) throw damaged();
}

/** Some writers keep the prefix that EXIF has in JPEG files. */
const tiffOf = (exif: Uint8Array): Uint8Array =>
  ascii(exif.subarray(0, 6)) === 'Exif\0\0' ? exif.subarray(6) : exif;

function readCanvas({ type, content }: Chunk): Size | undefined {
  if (type !== 'VP8X') return undefined;
  if (content.byteLength < 10) throw damaged();
  const hasAlpha = (content[0]! & 0x10) !== 0;
  return { columns: uint24(content, 4) + 1, rows: uint24(content, 7) + 1, hasAlpha };
}

/**
 * Everything a WebP file (RFC 9649) says about itself, without decoding. Walks all chunks, so a cut-off file is refused.
 * Every stream is held to the canvas, so that a small canvas cannot hide a large image.
 * @param bytes begin with RIFF and WEBP
 * @throws AppError undecodable-image
 */
export function readWebpHeader(bytes: Uint8Array): WebpHeader {
  if (bytes.byteLength < 20) throw damaged();
  const end = 8 + viewOf(bytes).getUint32(4, true);
  if (end > bytes.byteLength) throw damaged();
  const chunks = [...walkChunks(bytes.subarray(12, end))];
  const streams = chunks.map(readBitstreamSize).filter((size) => size !== undefined);
  const canvas = chunks.slice(0, 1).map(readCanvas)[0] ?? streams[0];
  const frames = chunks.filter(({ type }) => type === 'ANMF');
  if (canvas === undefined || streams.length + Math.min(frames.length, 1) !== 1) throw damaged();
  if (streams.some(({ rows, columns }) => rows !== canvas.rows || columns !== canvas.columns))
    throw damaged();
  for (const { content } of frames) checkFrame(content, canvas);
  const exif = chunks.find(({ type }) => type === 'EXIF');
  return {
    format: 'webp',
    rows: canvas.rows,
    columns: canvas.columns,
    hasAlpha: canvas.hasAlpha || streams.some(({ hasAlpha }) => hasAlpha),
    frames: Math.max(1, frames.length),
    exifOrientation: exif === undefined ? 1 : readExifOrientation(tiffOf(exif.content)),
    hasIccProfile: chunks.some(({ type }) => type === 'ICCP'),
  };
}
