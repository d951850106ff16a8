import type { FewShotExample } from './few-shot-examples.ts';

/**
 * Indices of the k examples with the largest similarity, largest first. Equal similarities are taken in the order of
 * their labels, so that the outcome does not depend on the order in which examples came. Costs n·k comparisons at most; a
 * full sort of 1,000 examples for each of many queries would cost more than their similarities.
 * @param similarities by example.
 */
export function nearestExamples(
  similarities: Float64Array,
  examples: readonly FewShotExample[],
  k: number,
): number[] {
  const isNearer = (a: number, b: number): boolean => {
    const difference = similarities[a]! - similarities[b]!;
    return difference > 0 || (difference === 0 && examples[a]!.classIndex < examples[b]!.classIndex);
  };
  const nearest: number[] = [];
  for (let i = 0; i < examples.length; i += 1) {
    if (nearest.length === k && !isNearer(i, nearest[k - 1]!)) continue;
    let place = nearest.length === k ? k - 1 : nearest.length;
    for (; place > 0 && isNearer(i, nearest[place - 1]!); place -= 1) nearest[place] = nearest[place - 1]!;
    nearest[place] = i;
  }
  return nearest;
}
