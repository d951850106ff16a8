import type { FewShotClassification } from '#src/domain/classification.ts';

/** Index of the largest value; of equals the first. */
export function indexOfLargest(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i += 1) if (values[i]! > values[best]!) best = i;
  return best;
}

/** Sums of products of unit vectors come out up to 4e-16 beyond the range of a cosine. */
const asCosine = (value: number): number => Math.max(-1, Math.min(1, value));

/** Puts a result together from values by class index. */
export function fewShotResult(
  labels: readonly string[],
  probabilities: ArrayLike<number>,
  similarities: ArrayLike<number>,
  how: Pick<FewShotClassification, 'method' | 'temperature' | 'k'>,
): FewShotClassification {
  return {
    label: labels[indexOfLargest(probabilities)]!,
    probabilities: new Map(labels.map((label, i) => [label, probabilities[i]!])),
    similarities: new Map(labels.map((label, i) => [label, asCosine(similarities[i]!)])),
    ...how,
  };
}
