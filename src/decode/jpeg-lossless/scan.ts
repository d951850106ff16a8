import { undecodable, unsupported } from '#src/decode/undecodable.ts';
import type { BitReader } from './bit-reader.ts';
import type { HuffmanTable } from './huffman-table.ts';

/** One scan of the lossless process (ITU-T T.81, B.2.3 and annex H). */
export interface LosslessScan {
  /** Index within the pixel and Huffman table of each component of the scan. */
  readonly components: readonly { readonly index: number; readonly table: HuffmanTable }[];
  /** 1–7, T.81 table H.1. */
  readonly predictor: number;
  readonly pointTransform: number;
  /** Lines between restart markers; 0: none. */
  readonly restartRows: number;
}

export interface LosslessFrame {
  readonly rows: number;
  readonly columns: number;
  readonly precision: number;
  /** Component identifiers of the frame header, in order: the place of a sample within its pixel. */
  readonly componentIds: readonly number[];
}

/**
 * Reads an SOS segment.
 * @throws AppError undecodable-image, unsupported-media-type (restart intervals that are not whole lines)
 */
export function readLosslessScan(
  content: Uint8Array,
  frame: LosslessFrame,
  tables: readonly (HuffmanTable | undefined)[],
  restartInterval: number,
): LosslessScan {
  const count = content[0] ?? 0;
  const predictor = content[1 + 2 * count] ?? 0;
  const pointTransform = (content[3 + 2 * count] ?? 0) & 15;
  const isKnown = predictor >= 1 && predictor <= 7 && pointTransform < frame.precision;
  if (count < 1 || content.byteLength !== 4 + 2 * count || !isKnown) {
    throw undecodable('a JPEG scan header is not valid');
  }
  const components = Array.from({ length: count }, (_, position) => {
    const index = frame.componentIds.indexOf(content[1 + 2 * position]!);
    const table = tables[content[2 + 2 * position]! >> 4];
    if (index < 0 || table === undefined) throw undecodable('a JPEG scan header is not valid');
    return { index, table };
  });
  if (restartInterval % frame.columns !== 0) throw unsupported('Lossless JPEG that restarts within a line');
  return { components, predictor, pointTransform, restartRows: restartInterval / frame.columns };
}

/** T.81 table H.1: a is the sample to the left, b the one above, c the one above a. */
function predict(predictor: number, a: number, b: number, c: number): number {
  switch (predictor) {
    case 1:
      return a;
    case 2:
      return b;
    case 3:
      return c;
    case 4:
      return a + b - c;
    case 5:
      return a + ((b - c) >> 1);
    case 6:
      return b + ((a - c) >> 1);
    default:
      return (a + b) >> 1;
  }
}

/** One line of a scan. The first line of a scan and of a restart interval is predicted from the left alone. */
function decodeLineInto(
  reader: BitReader,
  scan: LosslessScan,
  frame: LosslessFrame,
  row: number,
  isFirstLine: boolean,
  pixels: Uint16Array,
): void {
  const step = frame.componentIds.length;
  const lineSamples = frame.columns * step;
  const initial = 1 << (frame.precision - scan.pointTransform - 1);
  let seen = 0;
  for (let column = 0; column < frame.columns; column += 1) {
    for (const { index, table } of scan.components) {
      const at = row * lineSamples + column * step + index;
      let prediction = initial;
      if (isFirstLine) {
        if (column > 0) prediction = pixels[at - step]!;
      } else if (column === 0) {
        prediction = pixels[at - lineSamples]!;
      } else {
        const above = at - lineSamples;
        prediction = predict(scan.predictor, pixels[at - step]!, pixels[above]!, pixels[above - step]!);
      }
      const sample = (prediction + reader.readDifference(table)) & 0xffff;
      seen |= sample;
      pixels[at] = sample;
    }
  }
  // Sums are taken modulo 2^16; a sound file never leaves its own range.
  if (seen >> (frame.precision - scan.pointTransform) !== 0) throw undecodable('the JPEG file is damaged');
}

/**
 * Decodes one scan into `pixels` (interleaved, `rows * columns * components` samples).
 * @throws AppError undecodable-image
 */
export function decodeLosslessScanInto(
  reader: BitReader,
  scan: LosslessScan,
  frame: LosslessFrame,
  pixels: Uint16Array,
): void {
  for (let row = 0; row < frame.rows; row += 1) {
    const isRestart = scan.restartRows > 0 && row > 0 && row % scan.restartRows === 0;
    if (isRestart) reader.passRestart((row / scan.restartRows - 1) & 7);
    decodeLineInto(reader, scan, frame, row, row === 0 || isRestart, pixels);
  }
  if (scan.pointTransform === 0) return;
  const step = frame.componentIds.length;
  for (const { index } of scan.components) {
    for (let at = index; at < pixels.length; at += step) pixels[at] = pixels[at]! << scan.pointTransform;
  }
}
