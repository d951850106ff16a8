import { undecodable } from '#src/decode/undecodable.ts';
import type { HuffmanTable } from './huffman-table.ts';

/** Reads entropy-coded bits of one scan (ITU-T T.81, F.2.2.5): most significant first, 0xff00 stands for 0xff, a marker ends them. */
export interface BitReader {
  /** The next difference (T.81, H.2.2): a category by its Huffman code, then that many bits. */
  readDifference(table: HuffmanTable): number;
  /** Passes the restart marker with the given number (0–7), where the current bits must end. */
  passRestart(number: number): void;
  /** Offset of the marker at which the bits end. To be called when all samples are read. */
  endOffset(): number;
}

/**
 * @param offset first byte behind the SOS segment
 * All methods throw AppError undecodable-image when the bits run out or are not a code: half an image is never returned.
 */
export function createBitReader(bytes: Uint8Array, offset: number): BitReader {
  let at = offset;
  /** Up to 32 bits, the next one highest among the lowest `available`. */
  let buffer = 0;
  let available = 0;
  /** How many of the available bits are invented: the zeros behind the end, which a code may look at but not use. */
  let invented = 0;

  const fill = (): void => {
    while (available <= 24) {
      const byte = bytes[at];
      const isEnd = byte === undefined || (byte === 0xff && bytes[at + 1] !== 0);
      if (isEnd) {
        buffer <<= 8;
        invented += 8;
      } else {
        buffer = (buffer << 8) | byte;
        at += byte === 0xff ? 2 : 1;
      }
      available += 8;
    }
  };
  const drop = (count: number): void => {
    available -= count;
    if (available < invented) throw undecodable('the JPEG file is damaged or cut off');
  };

  return {
    readDifference: (table) => {
      if (available < 16) fill();
      const entry = table[(buffer >>> (available - 16)) & 0xffff]!;
      if (entry === 0) throw undecodable('the JPEG file is damaged or cut off');
      drop(entry >>> 8);
      const category = entry & 0xff;
      if (category === 0) return 0;
      if (category === 16) return 32_768;
      if (available < category) fill();
      const value = (buffer >>> (available - category)) & ((1 << category) - 1);
      drop(category);
      // Values whose highest bit is 0 stand for the negative half of the category.
      return value < 1 << (category - 1) ? value - (1 << category) + 1 : value;
    },
    passRestart: (number) => {
      while (bytes[at] === 0xff && bytes[at + 1] === 0xff) at += 1;
      if (available - invented >= 8 || bytes[at] !== 0xff || bytes[at + 1] !== 0xd0 + number) {
        throw undecodable('the JPEG file is damaged or cut off');
      }
      at += 2;
      buffer = 0;
      available = 0;
      invented = 0;
    },
    endOffset: () => {
      while (at < bytes.byteLength && (bytes[at] !== 0xff || bytes[at + 1] === 0)) at += 1;
      return at;
    },
  };
}
