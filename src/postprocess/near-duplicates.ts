import { dot } from './dot.ts';
import type { FewShotExamples } from './few-shot-examples.ts';

/**
 * Cosine above which two examples count as the same image. Re-encoded or slightly shifted copies lie above it,
 * different images of one kind below (measured: docs/concepts/few-shot.md).
 */
export const nearDuplicateSimilarity = 0.9999;

/** Pairs of examples (indices in the order in which they came) that are as good as equal but carry different labels. Costs n²·D / 2. */
export function nearDuplicatesAcrossClasses({ examples }: FewShotExamples): [number, number][] {
  const pairs: [number, number][] = [];
  examples.forEach((left, i) => {
    for (let j = i + 1; j < examples.length; j += 1) {
      const right = examples[j]!;
      if (left.classIndex === right.classIndex) continue;
      if (dot(left.direction, right.direction) > nearDuplicateSimilarity) pairs.push([i, j]);
    }
  });
  return pairs;
}
