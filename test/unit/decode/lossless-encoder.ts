/**
 * Writes lossless JPEG (ITU-T T.81, annex H) with what libjpeg cannot write on request: restart intervals, a point transform,
 * one scan per component. Every category gets an 8-bit code of its own value, the simplest complete-enough table.
 */
export interface LosslessOptions {
  readonly rows: number;
  readonly columns: number;
  readonly components: number;
  readonly precision: number;
  readonly predictor: number;
  readonly pointTransform?: number;
  /** Lines between restart markers. */
  readonly restartRows?: number;
  readonly isInterleaved?: boolean;
}

const segment = (marker: number, content: readonly number[]): number[] => {
  const length = content.length + 2;
  return [0xff, marker, length >> 8, length & 255, ...content];
};

function predictSample(predictor: number, a: number, b: number, c: number): number {
  const rules = [a, b, c, a + b - c, a + ((b - c) >> 1), b + ((a - c) >> 1), (a + b) >> 1];
  return rules[predictor - 1]!;
}

/** Bits as a string of 0 and 1: slow and plain. */
function codeDifference(difference: number): string {
  const wrapped = ((difference + 32_768) & 0xffff) - 32_768;
  if (wrapped === -32_768) return (16).toString(2).padStart(8, '0');
  const magnitude = Math.abs(wrapped);
  const category = magnitude === 0 ? 0 : Math.floor(Math.log2(magnitude)) + 1;
  const bits = wrapped >= 0 ? wrapped : wrapped + 2 ** category - 1;
  return (
    category.toString(2).padStart(8, '0') + (category === 0 ? '' : bits.toString(2).padStart(category, '0'))
  );
}

/** Bits to bytes, filled with ones, 0x00 behind every 0xff. */
function stuff(bits: string): number[] {
  const padded = bits.padEnd(Math.ceil(bits.length / 8) * 8, '1');
  const bytes = padded.match(/.{8}/g)?.map((byte) => Number.parseInt(byte, 2)) ?? [];
  return bytes.flatMap((byte) => (byte === 0xff ? [0xff, 0] : [byte]));
}

function codeScan(
  samples: ArrayLike<number>,
  options: LosslessOptions,
  components: readonly number[],
): number[] {
  const {
    rows,
    columns,
    components: step,
    predictor,
    precision,
    pointTransform = 0,
    restartRows = 0,
  } = options;
  const sampleAt = (row: number, column: number, component: number): number =>
    samples[(row * columns + column) * step + component]! >> pointTransform;
  const bytes: number[] = [];
  let bits = '';
  for (let row = 0; row < rows; row += 1) {
    const isRestart = restartRows > 0 && row > 0 && row % restartRows === 0;
    if (isRestart) {
      bytes.push(...stuff(bits), 0xff, 0xd0 + ((row / restartRows - 1) & 7));
      bits = '';
    }
    const isFirstLine = row === 0 || isRestart;
    for (let column = 0; column < columns; column += 1) {
      for (const component of components) {
        let prediction = 2 ** (precision - pointTransform - 1);
        if (isFirstLine && column > 0) prediction = sampleAt(row, column - 1, component);
        else if (!isFirstLine && column === 0) prediction = sampleAt(row - 1, 0, component);
        else if (!isFirstLine) {
          prediction = predictSample(
            predictor,
            sampleAt(row, column - 1, component),
            sampleAt(row - 1, column, component),
            sampleAt(row - 1, column - 1, component),
          );
        }
        bits += codeDifference(sampleAt(row, column, component) - prediction);
      }
    }
  }
  return [...bytes, ...stuff(bits)];
}

/** @param samples interleaved; their lowest `pointTransform` bits are lost */
export function encodeLossless(samples: ArrayLike<number>, options: LosslessOptions): Uint8Array {
  const { rows, columns, components, precision, predictor, pointTransform = 0, restartRows = 0 } = options;
  const all = Array.from({ length: components }, (_, index) => index);
  const scans = options.isInterleaved === false ? all.map((component) => [component]) : [all];
  const lengths = [0, 0, 0, 0, 0, 0, 0, 17, 0, 0, 0, 0, 0, 0, 0, 0];
  const interval = restartRows * columns;
  return Uint8Array.from([
    ...[0xff, 0xd8],
    ...segment(0xc4, [0, ...lengths, ...Array.from({ length: 17 }, (_, category) => category)]),
    ...segment(0xc3, [
      ...[precision, rows >> 8, rows & 255, columns >> 8, columns & 255, components],
      ...all.flatMap((component) => [component + 1, 0x11, 0]),
    ]),
    ...(restartRows > 0 ? segment(0xdd, [interval >> 8, interval & 255]) : []),
    ...scans.flatMap((scan) => [
      ...segment(0xda, [
        scan.length,
        ...scan.flatMap((component) => [component + 1, 0]),
        predictor,
        0,
        pointTransform,
      ]),
      ...codeScan(samples, options, scan),
    ]),
    ...[0xff, 0xd9],
  ]);
}
