/** exp(v / T) / Σ exp(v / T), the largest value subtracted first so that nothing overflows. Empty in, empty out. */
export function softmax(values: ArrayLike<number>, temperature: number): Float64Array {
  const scaled = Float64Array.from(values, (value) => value / temperature);
  const largest = scaled.reduce((a, b) => Math.max(a, b), -Infinity);
  const weights = scaled.map((value) => Math.exp(value - largest));
  const total = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / total);
}
