import { describe, expect, it } from 'vitest';
import { gifLzw, tiffLzw, unpackLzw } from '#src/decode/unpack-lzw.ts';

const reversed = (bits: string): string => Array.from(bits).reverse().join('');
const toBytes = (bits: string, byte: (bits: string) => string): Uint8Array =>
  Uint8Array.from(bits.match(/.{1,8}/g)!, (eight) => Number.parseInt(byte(eight.padEnd(8, '0')), 2));

/** Codes of 9 bits, the highest first: how TIFF begins. */
const highestFirst = (...codes: readonly number[]): Uint8Array =>
  toBytes(codes.map((code) => code.toString(2).padStart(9, '0')).join(''), (bits) => bits);
/** Codes and their widths, the lowest bit first, as GIF has them. */
const lowestFirst = (...codes: readonly (readonly [code: number, width: number])[]): Uint8Array =>
  toBytes(codes.map(([code, width]) => reversed(code.toString(2).padStart(width, '0'))).join(''), reversed);

const [clear, end] = [256, 257];

describe('unpackLzw', () => {
  it('reads the example of the TIFF specification (section 13)', () => {
    const packed = highestFirst(clear, 7, 258, 8, 8, 258, 6, end);
    expect(Array.from(unpackLzw(packed, tiffLzw, 20)!)).toEqual([7, 7, 7, 8, 8, 7, 7, 6]);
  });

  it('reads codes of GIF, and a run that is just being made', () => {
    // Two bits a pixel: 4 clears, 5 ends; 6 is the first run: 1 and its own first byte. With the run 7 made, codes widen.
    const packed = lowestFirst([4, 3], [1, 3], [6, 3], [6, 3], [2, 4], [5, 4]);
    expect(Array.from(unpackLzw(packed, gifLzw(2), 20)!)).toEqual([1, 1, 1, 1, 1, 2]);
  });

  it('stops at the length, in the middle of a run too', () => {
    expect(Array.from(unpackLzw(highestFirst(clear, 7, 258, 8), tiffLzw, 2)!)).toEqual([7, 7]);
  });

  it.each([
    ['a run that is not there yet', highestFirst(clear, 7, 260, end)],
    ['a run right behind a clear code', highestFirst(clear, 258, end)],
    ['data that end before the end code', highestFirst(clear, 7, 8)],
  ])('refuses %s', (_, packed) => expect(unpackLzw(packed, tiffLzw, 20)).toBeUndefined());
});
