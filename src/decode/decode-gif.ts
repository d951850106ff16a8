import type { GifHeader } from './image-header.ts';
import { expandPalette } from './palette.ts';
import { undecodable } from './undecodable.ts';
import { gifLzw, unpackLzw } from './unpack-lzw.ts';

/** Sub-blocks from `at` on as one run of bytes. The header's walk has seen that they end inside the file. */
function joinSubBlocks(bytes: Uint8Array, at: number): Uint8Array {
  const joined = new Uint8Array(bytes.byteLength - at);
  let length = 0;
  for (let here = at; bytes[here]! > 0; here += 1 + bytes[here]!) {
    const block = bytes.subarray(here + 1, here + 1 + bytes[here]!);
    joined.set(block, length);
    length += block.length;
  }
  return joined.subarray(0, length);
}

/** Rows in the order in which they come (GIF89a, appendix E): every eighth, those between, and so on. */
function rowOrder(rows: number, isInterlaced: boolean): readonly number[] {
  const passes = isInterlaced
    ? [
        [0, 8],
        [4, 8],
        [2, 4],
        [1, 2],
      ]
    : [[0, 1]];
  const order: number[] = [];
  for (const [first, step] of passes) {
    for (let row = first!; row < rows; row += step!) order.push(row);
  }
  return order;
}

/**
 * The first frame of a GIF file on its canvas, ours: libvips makes transparent pixels black, and here colours stay as stored.
 * A gray palette gives one sample a pixel.
 * @returns interleaved samples, `rows * columns * (1 or 3)`
 * @throws AppError undecodable-image
 */
export function decodeGif(bytes: Uint8Array, header: GifHeader): Uint8Array {
  const { rows, columns, frame, palette, backgroundIndex } = header;
  const length = frame.rows * frame.columns;
  const indexes = unpackLzw(joinSubBlocks(bytes, frame.dataAt), gifLzw(frame.literalBits), length);
  if (indexes?.length !== length) throw undecodable('the GIF file is damaged or cut off');
  const canvas = new Uint8Array(rows * columns).fill(backgroundIndex);
  rowOrder(frame.rows, frame.isInterlaced).forEach((row, position) => {
    const line = indexes.subarray(position * frame.columns, (position + 1) * frame.columns);
    canvas.set(line, (frame.row + row) * columns + frame.column);
  });
  return expandPalette(canvas, palette);
}
