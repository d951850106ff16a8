import type { FewShotOptions, LabelledEmbedding } from '#src/domain/classification.ts';
import { neighboursUsed, neighbourVotes } from './classify-by-neighbours.ts';
import { prototypeSimilarities } from './classify-by-prototypes.ts';
import { dot } from './dot.ts';
import { prepareExamples, type FewShotExamples } from './few-shot-examples.ts';
import { indexOfLargest } from './few-shot-result.ts';
import { wilsonInterval, type Interval95 } from './wilson-interval.ts';

/**
 * Multiplications that one check may cost: about 25 ms of the event loop. 160 examples of 768 values are all checked by knn; of
 * 1,000 such examples 32 are.
 */
export const maxCheckMultiplications = 25e6;

/** How the examples classify each other, each left out in its turn. Nulls: nothing could be checked. */
export interface LeaveOneOutCheck {
  readonly method: 'leave-one-out';
  /**
   * Examples that were left out and classified: those whose label has another example, or an even share of each label when
   * there are too many for {@link maxCheckMultiplications}.
   */
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
 */
export function leaveOneOut(
  labelled: readonly LabelledEmbedding[],
  options: FewShotOptions,
): LeaveOneOutCheck {
  const prepared = prepareExamples(labelled);
  const { labels, examples, classSizes } = prepared;
  const classify = options.method === 'prototypes' ? prototypesWithout : neighboursWithout;
  const left = examplesToCheck(prepared, options);
  const correct = left.filter((i) => classify(prepared, i, options) === examples[i]!.classIndex).length;
  const checked = left.length;
  const checkedOfClass = labels.map((_, c) => left.filter((i) => examples[i]!.classIndex === c).length);
  return {
    method: 'leave-one-out',
    checked,
    correct,
    accuracy: checked > 0 ? correct / checked : null,
    interval95: checked > 0 ? wilsonInterval(correct, checked) : null,
    majorityAccuracy: checked > 0 ? Math.max(...checkedOfClass) / checked : null,
    unchecked: labels.filter((_, classIndex) => classSizes[classIndex] === 1),
  };
}

/** Indices of the examples to leave out; when they are too many, evenly spaced in the order of their labels. */
function examplesToCheck(
  { labels, examples, classSizes, dimension }: FewShotExamples,
  { method }: FewShotOptions,
): number[] {
  const checkable = Array.from(examples.keys())
    .filter((i) => classSizes[examples[i]!.classIndex]! > 1)
    .sort((a, b) => examples[a]!.classIndex - examples[b]!.classIndex);
  const cost = dimension * (method === 'prototypes' ? labels.length : examples.length);
  const affordable = Math.max(1, Math.floor(maxCheckMultiplications / cost));
  if (checkable.length <= affordable) return checkable;
  return Array.from(
    { length: affordable },
    (_, i) => checkable[Math.floor(((i + 0.5) * checkable.length) / affordable)]!,
  );
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
