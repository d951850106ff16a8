/** Scores in rising order of their groups of equals: what an area needs, sorted once for many resamplings. */
export interface RankedScores {
  /** Item indices in rising order of score. */
  readonly order: Uint32Array;
  /** For each place of `order`, whether its score differs from that of the place before. */
  readonly startsGroup: Uint8Array;
  readonly isPositive: readonly boolean[];
}

/** Sorts scores for {@link rankedAreaUnderCurve}. Scores must be finite. */
export function rankScores(scores: ArrayLike<number>, isPositive: readonly boolean[]): RankedScores {
  const order = Uint32Array.from(isPositive.keys()).sort((a, b) => scores[a]! - scores[b]!);
  const startsGroup = Uint8Array.from(order, (item, place) =>
    place > 0 && scores[item] === scores[order[place - 1]!] ? 0 : 1,
  );
  return { order, startsGroup, isPositive };
}

/**
 * Mann–Whitney's U over the number of pairs, item i counted `counts[i]` times: the share of (positive, negative) pairs in which
 * the positive has the higher score, equals counting one half. NaN when a class has no item.
 */
export function rankedAreaUnderCurve(
  { order, startsGroup, isPositive }: RankedScores,
  counts: ArrayLike<number>,
): number {
  let negativesBelow = 0;
  let groupPositives = 0;
  let groupNegatives = 0;
  let positives = 0;
  let u = 0;
  const closeGroup = (): void => {
    u += groupPositives * (negativesBelow + groupNegatives / 2);
    negativesBelow += groupNegatives;
    positives += groupPositives;
    groupPositives = groupNegatives = 0;
  };
  order.forEach((item, place) => {
    if (startsGroup[place]) closeGroup();
    if (isPositive[item]) groupPositives += counts[item]!;
    else groupNegatives += counts[item]!;
  });
  closeGroup();
  return u / (positives * negativesBelow);
}

/** Area under the receiver operating characteristic of scores: 0.5 by chance, 1 when all positives score above all negatives. */
export function areaUnderCurve(scores: ArrayLike<number>, isPositive: readonly boolean[]): number {
  return rankedAreaUnderCurve(rankScores(scores, isPositive), new Uint8Array(isPositive.length).fill(1));
}
