import type { FewShotExamples } from './few-shot-examples.ts';

/**
 * Cosine above which two examples count as the same image. Losslessly written copies lie above it, most JPEG copies too, and
 * no pair of different images did where it was measured (docs/concepts/few-shot.md): it accuses late rather than wrongly.
 */
export const nearDuplicateSimilarity = 0.9999;

/** Values compared between two looks at whether a pair can still be near. */
const chunk = 16;

/** Pairs of examples (indices in the order in which they came) that are as good as equal but carry different labels. */
export function nearDuplicatesAcrossClasses({ examples }: FewShotExamples): [number, number][] {
  const pairs: [number, number][] = [];
  examples.forEach((left, i) => {
    for (let j = i + 1; j < examples.length; j += 1) {
      const right = examples[j]!;
      if (left.classIndex !== right.classIndex && isNear(left.direction, right.direction)) pairs.push([i, j]);
    }
  });
  return pairs;
}

/**
 * For unit vectors |a − b|² = 2 − 2 cos. The sum only grows, so a pair that is not near, as nearly all are not, is
 * given up after a few values instead of all D.
 */
function isNear(left: Float64Array, right: Float64Array): boolean {
  const limit = 2 - 2 * nearDuplicateSimilarity;
  let squaredDistance = 0;
  for (let from = 0; from < left.length; from += chunk) {
    const to = Math.min(from + chunk, left.length);
    for (let i = from; i < to; i += 1) squaredDistance += (left[i]! - right[i]!) ** 2;
    if (squaredDistance >= limit) return false;
  }
  return true;
}
