import type { BmpHeader, ChannelMask } from './image-header.ts';
import { expandPalette } from './palette.ts';
import { undecodable } from './undecodable.ts';
import { unpackBmpRuns } from './unpack-bmp-runs.ts';

/** Indexes of 1, 4 or 8 bits, the first in the highest bits of a byte. */
function readIndexesInto(
  line: Uint8Array,
  bits: number,
  target: Uint8Array,
  to: number,
  columns: number,
): void {
  const mask = (1 << bits) - 1;
  const perByte = 8 / bits;
  for (let column = 0; column < columns; column += 1) {
    const shift = 8 - bits * ((column % perByte) + 1);
    target[to + column] = (line[Math.floor(column / perByte)]! >> shift) & mask;
  }
}

/** A channel of fewer or more than 8 bits over 8, rounded down, as Pillow has it. */
const level = (word: number, { shift, top }: ChannelMask): number =>
  top === 0 ? 0 : Math.floor((((word >>> shift) & top) * 255) / top);

function readColoursInto(line: Uint8Array, header: BmpHeader, target: Uint8Array, to: number): void {
  const { columns, bitsPerPixel, masks } = header;
  const view = new DataView(line.buffer, line.byteOffset, line.byteLength);
  for (let column = 0; column < columns; column += 1) {
    const at = to + 3 * column;
    if (bitsPerPixel === 24) {
      for (let channel = 0; channel < 3; channel += 1) target[at + channel] = line[3 * column + 2 - channel]!;
      continue;
    }
    const word = bitsPerPixel === 16 ? view.getUint16(2 * column, true) : view.getUint32(4 * column, true);
    for (let channel = 0; channel < 3; channel += 1) target[at + channel] = level(word, masks[channel]!);
  }
}

/** Rows of whole 32-bit words, the lowest first unless the header says otherwise: → samples from the top, 1 or 3 a pixel. */
function readRows(bytes: Uint8Array, header: BmpHeader): Uint8Array {
  const { rows, columns, bitsPerPixel, pixelsAt } = header;
  const lineBytes = Math.ceil((bitsPerPixel * columns) / 32) * 4;
  // Some writers leave out the padding of the last row.
  const needed = (rows - 1) * lineBytes + Math.ceil((bitsPerPixel * columns) / 8);
  if (pixelsAt + needed > bytes.byteLength) throw undecodable('the BMP file is cut off');
  const samples = bitsPerPixel <= 8 ? 1 : 3;
  const pixels = new Uint8Array(rows * columns * samples);
  for (let row = 0; row < rows; row += 1) {
    const start = pixelsAt + row * lineBytes;
    const line = bytes.subarray(start, start + lineBytes);
    const to = (header.isTopDown ? row : rows - 1 - row) * columns * samples;
    if (samples === 1) readIndexesInto(line, bitsPerPixel, pixels, to, columns);
    else readColoursInto(line, header, pixels, to);
  }
  return pixels;
}

/**
 * BMP, ours: libvips as it comes has no loader for it. 1 to 32 bits, masks, run lengths, top-down, OS/2 headers; alpha and
 * profiles are ignored. A palette of grays gives one sample a pixel.
 * @returns interleaved samples, `rows * columns * (1 or 3)`
 * @throws AppError undecodable-image
 */
export function decodeBmp(bytes: Uint8Array, header: BmpHeader): Uint8Array {
  const stored = header.isRunLengthCoded
    ? unpackBmpRuns(bytes.subarray(header.pixelsAt), header)
    : readRows(bytes, header);
  return header.palette === undefined ? stored : expandPalette(stored, header.palette);
}
