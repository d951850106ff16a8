import type { BmpHeader } from './image-header.ts';
import { undecodable } from './undecodable.ts';

const cutOff = () => undecodable('the BMP file is damaged or cut off');

/** What a zero in the place of a count means, by the byte behind it; larger ones say how many plain indexes follow. */
const endOfLine = 0;
const endOfBitmap = 1;
const jump = 2;

/**
 * Run lengths of BMP (RLE8 and RLE4), from the lowest row up. What is jumped over has the index 0; what reaches beyond a row is
 * left out.
 * @returns indexes from the top row down, `rows * columns`
 * @throws AppError undecodable-image when the data end before the last row does
 */
export function unpackBmpRuns(
  coded: Uint8Array,
  header: Pick<BmpHeader, 'rows' | 'columns' | 'bitsPerPixel'>,
): Uint8Array {
  const { rows, columns } = header;
  const isNibble = header.bitsPerPixel === 4;
  const indexes = new Uint8Array(rows * columns);
  let at = 0;
  let row = rows - 1;
  let column = 0;
  const next = (): number => {
    if (at >= coded.length) throw cutOff();
    return coded[at++]!;
  };
  const put = (index: number): void => {
    if (column < columns) indexes[row * columns + column] = index;
    column += 1;
  };
  const half = (byte: number, position: number): number => (position % 2 === 0 ? byte >> 4 : byte & 15);
  const putPlain = (count: number): void => {
    const bytes = isNibble ? Math.ceil(count / 2) : count;
    for (let position = 0; position < count; position += 1) {
      const byte = coded[at + (isNibble ? position >> 1 : position)];
      if (byte === undefined) throw cutOff();
      put(isNibble ? half(byte, position) : byte);
    }
    // Plain indexes are padded to whole 16-bit words.
    at += bytes + (bytes % 2);
  };
  while (row >= 0) {
    if (at >= coded.length && row === 0 && column >= columns) break;
    const count = next();
    const value = next();
    if (count > 0) {
      for (let position = 0; position < count; position += 1) put(isNibble ? half(value, position) : value);
    } else if (value === endOfLine) {
      row -= 1;
      column = 0;
    } else if (value === endOfBitmap) break;
    else if (value === jump) {
      column += next();
      row -= next();
    } else putPlain(value);
  }
  return indexes;
}
