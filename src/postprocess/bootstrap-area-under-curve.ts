import { rankedAreaUnderCurve, rankScores } from './area-under-curve.ts';
import { quantile } from './quantile.ts';
import { createSeededRandom } from './seeded-random.ts';
import type { Interval95 } from './wilson-interval.ts';

export interface BootstrapOptions {
  /** With 2,000 the ends of a 95 % interval have a standard error of about 6 % of the standard error of the area. */
  readonly resamples?: number;
  readonly seed?: number;
}

/**
 * 95 % percentile bootstrap interval of an area under the curve over its items (Efron 1979): the spread that other test images
 * of the same kind would give, with the classifier held fixed. [NaN, NaN] when a class has no item.
 */
export function bootstrapAreaUnderCurve(
  scores: ArrayLike<number>,
  isPositive: readonly boolean[],
  { resamples = 2_000, seed = 1 }: BootstrapOptions = {},
): Interval95 {
  const ranked = rankScores(scores, isPositive);
  const nextCounts = createResampler(isPositive, seed);
  const areas = Float64Array.from({ length: resamples }, () => rankedAreaUnderCurve(ranked, nextCounts()));
  return percentileInterval(areas);
}

/**
 * Draws items with replacement, each class within itself so that no resample lacks one. The returned function gives how often each
 * item was drawn, in the same array each time. Equal seeds give equal resamples: for paired differences.
 */
export function createResampler(isPositive: readonly boolean[], seed: number): () => Uint32Array {
  const random = createSeededRandom(seed);
  const items = Array.from(isPositive.keys());
  const classes = [items.filter((i) => isPositive[i]), items.filter((i) => !isPositive[i])];
  const counts = new Uint32Array(items.length);
  return () => {
    counts.fill(0);
    for (const members of classes) {
      for (let draw = 0; draw < members.length; draw += 1) {
        counts[members[Math.floor(random() * members.length)]!]! += 1;
      }
    }
    return counts;
  };
}

/** The middle 95 % of bootstrap values. */
export function percentileInterval(values: Float64Array): Interval95 {
  const sorted = values.toSorted();
  return [quantile(sorted, 0.025), quantile(sorted, 0.975)];
}
