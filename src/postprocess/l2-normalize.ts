/** Euclidean length, summed in float64 (squares of float32 values cannot overflow there). */
export function l2Norm(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i += 1) sum += values[i]! * values[i]!;
  return Math.sqrt(sum);
}

/** Scales to length 1 in float64. The zero vector has no direction: it stays zero, and its cosine with anything is 0. */
export function l2Normalize(values: ArrayLike<number>): Float64Array {
  const norm = l2Norm(values);
  const scale = norm > 0 ? 1 / norm : 0;
  return Float64Array.from(values, (value) => value * scale);
}
