import type { EncoderOutput, OutputName } from '#src/domain/encoder-output.ts';
import { quantile } from '#src/postprocess/quantile.ts';

/** Half floats as numbers. */
export const fromHalves = (halves: Uint16Array): Float32Array =>
  Float32Array.from(new Float16Array(halves.buffer, halves.byteOffset, halves.length));

/** An output of one image as numbers; undefined when it was not asked for. */
export function valuesOf(output: EncoderOutput, name: OutputName): Float32Array | undefined {
  if (name === 'cls') return output.clsToken;
  if (name === 'patch_mean') return output.patchMean;
  return output.patchTokens === undefined ? undefined : fromHalves(output.patchTokens);
}

/** Several arrays as one. */
export function concatenate(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/**
 * Cosines of rows of D values with those expected, in FP64. A row that is expected to be zero (after a ReLU there may be one) has no
 * direction and is left out: it counts in the distance. A row of zeros where none is expected gives NaN.
 */
export function cosinesOf(actual: Float32Array, expected: Float32Array, D: number): Float64Array {
  const found = [];
  for (let row = 0; row < expected.length; row += D) {
    let [dot, actualSquares, expectedSquares] = [0, 0, 0];
    for (let at = row; at < row + D; at += 1) {
      dot += actual[at]! * expected[at]!;
      actualSquares += actual[at]! ** 2;
      expectedSquares += expected[at]! ** 2;
    }
    if (expectedSquares !== 0) found.push(dot / Math.sqrt(actualSquares * expectedSquares));
  }
  return Float64Array.from(found);
}

/** Frobenius norm of the difference, as a share of that of what was expected. NaN of NaN. */
export function relativeFrobenius(actual: Float32Array, expected: Float32Array): number {
  let [differences, squares] = [0, 0];
  for (let at = 0; at < expected.length; at += 1) {
    differences += (actual[at]! - expected[at]!) ** 2;
    squares += expected[at]! ** 2;
  }
  return Math.sqrt(differences / squares);
}

/** The least value; NaN if one is NaN, so that no gate passes over it, and of none. */
export const leastOf = (values: Float64Array): number =>
  values.length === 0
    ? Number.NaN
    : values.reduce((least, value) => (value < least || Number.isNaN(value) ? value : least));

/** As numpy.percentile with its default. NaN if one is NaN, and of none. */
export const percentile = (values: Float64Array, percent: number): number =>
  values.length === 0 || values.some(Number.isNaN) ? Number.NaN : quantile(values.toSorted(), percent / 100);
