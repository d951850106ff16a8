/** Weights are fixed-point with 22 fractional bits: 255 · 2²² still fits in 32 bits with room for the rounding half. */
export const coefficientBits = 22;

/** The taps of every output position along one axis. */
export interface AxisCoefficients {
  /** Taps reserved per output position; unused ones are zero. */
  readonly stride: number;
  /** First source index of each output position. */
  readonly start: Int32Array;
  /** Number of taps of each output position. */
  readonly count: Int32Array;
  /** `start.length * stride` weights, 22 fractional bits; those of one position add up to 2²² within a few units. */
  readonly weights: Int32Array;
}

/**
 * Antialiased triangle filter along one axis, with the arithmetic of Pillow's `Resample.c` (checked bit by bit in
 * test/golden/preprocess): the support grows with the reduction, weights are normalised as doubles and then rounded
 * half away from zero to 22 bits, and the box is a pair of 32-bit floats.
 * @param sourceSize number of source samples along the axis
 * @param from start of the box in source samples
 * @param to end of the box, exclusive
 * @param targetSize number of output samples
 */
export function triangleCoefficients(
  sourceSize: number,
  from: number,
  to: number,
  targetSize: number,
): AxisCoefficients {
  const origin = Math.fround(from);
  const scale = Math.fround(Math.fround(to) - origin) / targetSize;
  // Enlarging interpolates between neighbours; only a reduction widens the filter.
  const support = Math.max(scale, 1);
  const stride = Math.ceil(support) * 2 + 1;
  const start = new Int32Array(targetSize);
  const count = new Int32Array(targetSize);
  const weights = new Int32Array(targetSize * stride);
  const exact = new Float64Array(stride);
  for (let index = 0; index < targetSize; index += 1) {
    const centre = origin + (index + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - support + 0.5));
    const taps = Math.min(sourceSize, Math.trunc(centre + support + 0.5)) - first;
    let sum = 0;
    for (let tap = 0; tap < taps; tap += 1) {
      const distance = Math.abs((tap + first - centre + 0.5) * (1 / support));
      const weight = distance < 1 ? 1 - distance : 0;
      exact[tap] = weight;
      sum += weight;
    }
    start[index] = first;
    count[index] = taps;
    for (let tap = 0; tap < taps; tap += 1) {
      const weight = sum === 0 ? 0 : exact[tap]! / sum;
      weights[index * stride + tap] = Math.trunc(weight * 2 ** coefficientBits + 0.5);
    }
  }
  return { stride, start, count, weights };
}
