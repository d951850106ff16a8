import type { GifHeader } from './image-header.ts';
import { toPalette } from './palette.ts';
import { undecodable } from './undecodable.ts';

const damaged = () => undecodable('the GIF file is damaged or cut off');

const imageBlock = 0x2c;
const extensionBlock = 0x21;
const trailer = 0x3b;
const graphicControl = 0xf9;
const screenEnd = 13;

/** Bytes of a colour table, if the flags say that there is one. */
const tableBytes = (flags: number): number => ((flags & 0x80) === 0 ? 0 : 3 * 2 ** ((flags & 7) + 1));

type Screen = Pick<GifHeader, 'rows' | 'columns'> & {
  readonly background: number;
  readonly colours: Uint8Array;
};

/** Where the sub-blocks from `at` on end: behind the empty one. */
function endOfSubBlocks(bytes: Uint8Array, at: number): number {
  let here = at;
  for (;;) {
    const length = bytes[here];
    if (length === undefined) throw damaged();
    here += 1 + length;
    if (length === 0) return here;
  }
}

function readScreen(bytes: Uint8Array): Screen {
  if (bytes.byteLength < screenEnd) throw damaged();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const colours = bytes.subarray(screenEnd, screenEnd + tableBytes(bytes[10]!));
  return { columns: view.getUint16(6, true), rows: view.getUint16(8, true), background: bytes[11]!, colours };
}

/** The image descriptor at `at` (GIF89a, section 20), its colour table and its data. */
function readFrame(bytes: Uint8Array, at: number) {
  if (at + 10 > bytes.byteLength) throw damaged();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const flags = bytes[at + 9]!;
  const tableAt = at + 10;
  const codedAt = tableAt + tableBytes(flags);
  const literalBits = bytes[codedAt];
  if (literalBits === undefined || literalBits < 1 || literalBits > 8) throw damaged();
  return {
    column: view.getUint16(at + 1, true),
    row: view.getUint16(at + 3, true),
    columns: view.getUint16(at + 5, true),
    rows: view.getUint16(at + 7, true),
    isInterlaced: (flags & 0x40) !== 0,
    literalBits,
    dataAt: codedAt + 1,
    colours: bytes.subarray(tableAt, codedAt),
  };
}

interface Contents {
  readonly first: ReturnType<typeof readFrame>;
  readonly transparentIndex: number | undefined;
  readonly frames: number;
}

/** All blocks up to the trailer, which must be there; the graphic control in front of the first frame belongs to it. */
function walkBlocks(bytes: Uint8Array, start: number): Contents {
  let first: Contents['first'] | undefined;
  let transparentIndex: number | undefined;
  let frames = 0;
  for (let at = start; ;) {
    const kind = bytes[at];
    if (kind === trailer) break;
    if (kind === extensionBlock) {
      const isControl = bytes[at + 1] === graphicControl && bytes[at + 2] === 4;
      if (isControl && first === undefined)
        transparentIndex = (bytes[at + 3]! & 1) === 0 ? undefined : bytes[at + 6];
      at = endOfSubBlocks(bytes, at + 2);
    } else if (kind === imageBlock) {
      const frame = readFrame(bytes, at);
      first ??= frame;
      frames += 1;
      at = endOfSubBlocks(bytes, frame.dataAt);
    } else throw damaged();
  }
  if (first === undefined) throw undecodable('the GIF file holds no image');
  return { first, transparentIndex, frames };
}

/**
 * Everything a GIF file (87a or 89a) says about itself, without decoding. Walks to the trailer, so a cut-off file is refused
 * here. Rows and columns are those of the canvas.
 * @param bytes begin with GIF8
 * @throws AppError undecodable-image
 */
export function readGifHeader(bytes: Uint8Array): GifHeader {
  const screen = readScreen(bytes);
  const { first, transparentIndex, frames } = walkBlocks(bytes, screenEnd + tableBytes(bytes[10]!));
  const { colours: ownColours, ...frame } = first;
  // Some writers leave the canvas empty and mean the frame.
  const isEmpty = screen.rows === 0 || screen.columns === 0;
  const { rows, columns } = isEmpty
    ? { rows: frame.row + frame.rows, columns: frame.column + frame.columns }
    : screen;
  const colours = ownColours.byteLength > 0 ? ownColours : screen.colours;
  const isInside = frame.row + frame.rows <= rows && frame.column + frame.columns <= columns;
  if (frame.rows === 0 || frame.columns === 0 || colours.byteLength === 0 || !isInside) throw damaged();
  return {
    format: 'gif',
    rows,
    columns,
    exifOrientation: 1,
    hasIccProfile: false,
    palette: toPalette(colours),
    frames,
    transparentIndex,
    backgroundIndex: transparentIndex ?? screen.background,
    frame,
  };
}
