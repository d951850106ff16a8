import { createBitReader } from '#src/decode/jpeg-lossless/bit-reader.ts';
import { readHuffmanTablesInto, type HuffmanTable } from '#src/decode/jpeg-lossless/huffman-table.ts';
import {
  decodeLosslessScanInto,
  readLosslessScan,
  type LosslessFrame,
} from '#src/decode/jpeg-lossless/scan.ts';
import type { JpegHeader } from './image-header.ts';
import { undecodable, unsupported } from './undecodable.ts';
import { walkJpegSegments } from './walk-jpeg-segments.ts';

const tableSegment = 0xc4;
const frameSegment = 0xc3;
const scanSegment = 0xda;
const restartSegment = 0xdd;

/** Identifiers of the components; with more than one, all must be sampled alike, as the process has no other use. */
function readComponentIds(content: Uint8Array, count: number): number[] {
  const ids = Array.from({ length: count }, (_, index) => content[6 + 3 * index]!);
  const sampling = Array.from({ length: count }, (_, index) => content[7 + 3 * index]!);
  if (new Set(ids).size !== count) throw undecodable('the JPEG header is not valid');
  if (new Set(sampling).size !== 1) throw unsupported('Lossless JPEG with subsampled components');
  return ids;
}

/**
 * JPEG lossless (ITU-T T.81 process 14, SOF3, Huffman), 2–16 bits, one or three components, any predictor, restart
 * intervals of whole lines. Ours, because jpeg-lossless-decoder-js 2.1.2 and dcmjs-codecs 0.0.8 both return
 * half an image for a cut-off file without a word (docs/decisions/0005-image-decoding.md).
 * @returns interleaved samples, `rows * columns * components`
 * @throws AppError undecodable-image, unsupported-media-type
 */
export function decodeJpegLossless(bytes: Uint8Array, header: JpegHeader): Uint8Array | Uint16Array {
  const { rows, columns, precision, components } = header;
  const tables: (HuffmanTable | undefined)[] = [];
  const pixels = new Uint16Array(rows * columns * components);
  const missing = new Set(Array.from({ length: components }, (_, index) => index));
  let frame: LosslessFrame | undefined;
  let restartInterval = 0;
  let offset = 2;
  while (missing.size > 0) {
    const missingBefore = missing.size;
    for (const { marker, content, end } of walkJpegSegments(bytes, offset)) {
      if (marker === tableSegment) readHuffmanTablesInto(content, tables);
      if (marker === restartSegment) restartInterval = (content[0] ?? 0) * 256 + (content[1] ?? 0);
      if (marker === frameSegment) {
        frame = { rows, columns, precision, componentIds: readComponentIds(content, components) };
      }
      if (marker !== scanSegment || frame === undefined) continue;
      const scan = readLosslessScan(content, frame, tables, restartInterval);
      for (const { index } of scan.components) {
        if (!missing.delete(index)) throw undecodable('the JPEG file codes a component twice');
      }
      const reader = createBitReader(bytes, end);
      decodeLosslessScanInto(reader, scan, frame, pixels);
      offset = reader.endOffset();
    }
    if (missing.size === missingBefore) throw undecodable('the JPEG file is damaged or cut off');
  }
  return precision > 8 ? pixels : Uint8Array.from(pixels);
}
