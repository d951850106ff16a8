/** Ends of a 95 % interval. */
export type Interval95 = readonly [lower: number, upper: number];

/** 97.5 % quantile of the standard normal distribution. */
const z95 = 1.959963984540054;

/**
 * Wilson's 95 % score interval of a proportion (Wilson 1927): honest for few trials and near 0 and 1, where the
 * textbook interval p ± z·√(p(1−p)/n) has length 0. Without a trial nothing is known: [0, 1].
 */
export function wilsonInterval(successes: number, trials: number): Interval95 {
  if (trials === 0) return [0, 1];
  const p = successes / trials;
  const z2 = z95 * z95;
  const centre = (p + z2 / (2 * trials)) / (1 + z2 / trials);
  const half = (z95 / (1 + z2 / trials)) * Math.sqrt((p * (1 - p)) / trials + z2 / (4 * trials * trials));
  // At p = 0 and p = 1 one end is exactly 0 or 1; rounding must not carry it beyond.
  return [Math.max(0, centre - half), Math.min(1, centre + half)];
}
