import type { FewShotOptions, LabelledEmbedding } from '#src/domain/classification.ts';
import { neighboursUsed, neighbourVotes } from './classify-by-neighbours.ts';
import { prototypeSimilarities } from './classify-by-prototypes.ts';
import { dot } from './dot.ts';
import { prepareExamples, type FewShotExamples } from './few-shot-examples.ts';
import { indexOfLargest } from './few-shot-result.ts';
import { wilsonInterval, type Interval95 } from './wilson-interval.ts';

/** How the examples classify each other, each left out in its turn. Nulls: nothing could be checked. */
export interface LeaveOneOutCheck {
  readonly method: 'leave-one-out';
  /** Examples that were left out and classified: those whose label has another example. */
  readonly checked: number;
  readonly correct: number;
  readonly accuracy: number | null;
  /** Wilson interval of the accuracy. */
  readonly interval95: Interval95 | null;
  /** Accuracy of always naming the most frequent label, over the checked examples. */
  readonly majorityAccuracy: number | null;
  /** Labels with a single example: leaving it out leaves nothing that could be right. */
  readonly unchecked: readonly string[];
}

/**
 * Classifies each example by the others, with the method and settings that the queries get. The only example of a label
 * is not checked, but stays an example for the rest.
 * Costs n·C·D multiplications for prototypes and n²·D for knn.
 */
export function leaveOneOut(
  labelled: readonly LabelledEmbedding[],
  options: FewShotOptions,
): LeaveOneOutCheck {
  const prepared = prepareExamples(labelled);
  const { labels, examples, classSizes } = prepared;
  const classify = options.method === 'prototypes' ? prototypesWithout : neighboursWithout;
  const checkable = Array.from(examples.keys()).filter((i) => classSizes[examples[i]!.classIndex]! > 1);
  const correct = checkable.filter((i) => classify(prepared, i, options) === examples[i]!.classIndex).length;
  const checked = checkable.length;
  return {
    method: 'leave-one-out',
    checked,
    correct,
    accuracy: checked > 0 ? correct / checked : null,
    interval95: checked > 0 ? wilsonInterval(correct, checked) : null,
    majorityAccuracy: checked > 0 ? Math.max(...classSizes) / checked : null,
    unchecked: labels.filter((_, classIndex) => classSizes[classIndex] === 1),
  };
}

/** Class that the prototypes without example `left` give to it. Its class's sum without it is the sum minus it. */
function prototypesWithout({ examples, classSums }: FewShotExamples, left: number): number {
  const { classIndex, direction } = examples[left]!;
  const sums = classSums.map((sum, i) =>
    i === classIndex ? sum.map((value, j) => value - direction[j]!) : sum,
  );
  // Softmax keeps the order of similarities, so the largest similarity names the class that a query would get.
  return indexOfLargest(prototypeSimilarities(direction, sums));
}

/** Class that the neighbours of example `left` give to it. */
function neighboursWithout(
  { labels, examples }: FewShotExamples,
  left: number,
  options: FewShotOptions,
): number {
  const others = examples.toSpliced(left, 1);
  const similarities = Float64Array.from(others, ({ direction }) =>
    dot(examples[left]!.direction, direction),
  );
  const k = neighboursUsed(options.k, others.length);
  return indexOfLargest(neighbourVotes(similarities, others, labels.length, k, options.temperature));
}
