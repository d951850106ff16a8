import type { SampleArray } from '#src/domain/image-frame.ts';

export interface SampleRange {
  /** Smallest and largest finite sample; both 0 where there is none. */
  readonly low: number;
  readonly high: number;
  /** Samples that are NaN or infinite; only float arrays can have them. */
  readonly nonFinite: number;
}

/** Smallest and largest of the finite samples. */
export function sampleRange(samples: SampleArray): SampleRange {
  const isFloat = samples instanceof Float32Array || samples instanceof Float64Array;
  let low = Infinity;
  let high = -Infinity;
  let nonFinite = 0;
  for (let index = 0; index < samples.length; index += 1) {
    const sample = samples[index]!;
    if (isFloat && !Number.isFinite(sample)) {
      nonFinite += 1;
      continue;
    }
    if (sample < low) low = sample;
    if (sample > high) high = sample;
  }
  return low > high ? { low: 0, high: 0, nonFinite } : { low, high, nonFinite };
}
