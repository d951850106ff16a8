/** Smallest and largest sample; `{ low: 0, high: 0 }` for no samples. */
export function sampleRange(samples: Uint8Array | Uint16Array): { low: number; high: number } {
  let low = samples[0] ?? 0;
  let high = low;
  for (let index = 1; index < samples.length; index += 1) {
    const sample = samples[index]!;
    if (sample < low) low = sample;
    else if (sample > high) high = sample;
  }
  return { low, high };
}
