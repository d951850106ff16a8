import type { EncoderOutput, OutputName } from '#src/domain/encoder-output.ts';

/** Half floats as numbers. */
export const fromHalves = (halves: Uint16Array): Float32Array =>
  Float32Array.from(new Float16Array(halves.buffer, halves.byteOffset, halves.length));

/** An output of one image as numbers; undefined when it was not asked for. */
export function valuesOf(output: EncoderOutput, name: OutputName): Float32Array | undefined {
  if (name === 'cls') return output.clsToken;
  if (name === 'patch_mean') return output.patchMean;
  return output.patchTokens === undefined ? undefined : fromHalves(output.patchTokens);
}

/** Cosine of two vectors of one length; NaN when one has no length. */
export function cosine(left: ArrayLike<number>, right: ArrayLike<number>): number {
  let [dot, leftSquares, rightSquares] = [0, 0, 0];
  for (let index = 0; index < left.length; index += 1) {
    dot += left[index]! * right[index]!;
    leftSquares += left[index]! ** 2;
    rightSquares += right[index]! ** 2;
  }
  return dot / Math.sqrt(leftSquares * rightSquares);
}

/** The least value; NaN if one is NaN, so that no gate passes over it. At least one value is wanted. */
export const leastOf = (values: readonly number[]): number => Math.min(...values);
