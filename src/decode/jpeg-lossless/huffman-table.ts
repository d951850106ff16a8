import { undecodable } from '#src/decode/undecodable.ts';

/**
 * A decoding table indexed by the next 16 bits of the stream: `length << 8 | symbol`, 0 where no code begins so.
 * Codes are at most 16 bits long (ITU-T T.81, annex C), so one read decodes any of them.
 */
export type HuffmanTable = Uint16Array;

/** @param symbolCounts number of codes of each length 1…16; @param symbols in order of increasing code */
function buildTable(symbolCounts: Uint8Array, symbols: Uint8Array): HuffmanTable {
  const table = new Uint16Array(65_536);
  let next = 0;
  let symbol = 0;
  for (let length = 1; length <= 16; length += 1) {
    const span = 1 << (16 - length);
    for (let code = 0; code < symbolCounts[length - 1]!; code += 1) {
      if (next + span > 65_536) throw undecodable('a JPEG Huffman table is not valid');
      table.fill((length << 8) | symbols[symbol]!, next, next + span);
      next += span;
      symbol += 1;
    }
  }
  return table;
}

/**
 * Reads a DHT segment (T.81, B.2.4.2) into `tables`, at the destination each table names. The lossless process uses
 * tables of class 0 only, and differences of category 0–16 (T.81, table H.2).
 * @throws AppError undecodable-image
 */
export function readHuffmanTablesInto(content: Uint8Array, tables: (HuffmanTable | undefined)[]): void {
  let at = 0;
  while (at < content.byteLength) {
    const selector = content[at]!;
    const symbolCounts = content.subarray(at + 1, at + 17);
    const total = symbolCounts.reduce((sum, count) => sum + count, 0);
    const symbols = content.subarray(at + 17, at + 17 + total);
    if (symbolCounts.byteLength < 16 || symbols.byteLength < total || total > 256) {
      throw undecodable('a JPEG Huffman table is not valid');
    }
    at += 17 + total;
    if (selector > 3) continue;
    if (symbols.some((category) => category > 16)) throw undecodable('a JPEG Huffman table is not valid');
    tables[selector] = buildTable(symbolCounts, symbols);
  }
}
