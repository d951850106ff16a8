import type { Advisory } from '#src/domain/advisory.ts';
import type { LabelledEmbedding } from '#src/domain/classification.ts';
import { prepareExamples, type FewShotExamples } from './few-shot-examples.ts';
import type { LeaveOneOutCheck } from './leave-one-out.ts';
import { nearDuplicatesAcrossClasses } from './near-duplicates.ts';

/** Below this a class mean moves strongly with each example; also the lowest count for which the check says anything per class. */
const fewExamplesPerClass = 5;
/** Largest class over smallest from which neighbour votes lean to the large one, whatever the image. */
const imbalanceRatio = 3;

/** What a reader of few-shot probabilities must know, from the examples themselves and their leave-one-out check. */
export function fewShotAdvisories(
  labelled: readonly LabelledEmbedding[],
  check: LeaveOneOutCheck,
): Advisory[] {
  const examples = prepareExamples(labelled);
  return [
    notCalibrated,
    ...fewExamples(examples),
    ...imbalance(examples),
    ...uncheckedLabels(check),
    ...weakCheck(check),
    ...duplicates(examples),
  ];
}

const notCalibrated: Advisory = {
  code: 'few-shot-not-calibrated',
  level: 'info',
  message:
    'Probabilities are softmax weights of similarities to the given examples: they rank labels, they are not calibrated chances.',
};

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

function fewExamples({ labels, classSizes }: FewShotExamples): Advisory[] {
  const small = labels.filter((_, i) => classSizes[i]! < fewExamplesPerClass);
  if (small.length === 0) return [];
  return [
    {
      code: 'few-shot-few-examples',
      level: 'warning',
      message: `${small.length} of ${labels.length} labels have fewer than ${fewExamplesPerClass} examples; results depend strongly on which were chosen.`,
      evidence: `Smallest class: ${Math.min(...classSizes)}.`,
    },
  ];
}

function imbalance({ classSizes }: FewShotExamples): Advisory[] {
  const [smallest, largest] = [Math.min(...classSizes), Math.max(...classSizes)];
  if (largest / smallest < imbalanceRatio) return [];
  return [
    {
      code: 'few-shot-class-imbalance',
      level: 'warning',
      message:
        'The labels have very different numbers of examples; votes of neighbours lean to the larger ones.',
      evidence: `Largest class: ${largest}, smallest: ${smallest}.`,
    },
  ];
}

function uncheckedLabels({ unchecked, checked }: LeaveOneOutCheck): Advisory[] {
  if (unchecked.length === 0) return [];
  const message =
    checked === 0
      ? 'Every label has a single example, so nothing could be checked by leaving one out.'
      : `${unchecked.length} labels have a single example and could not be checked by leaving one out.`;
  return [{ code: 'few-shot-unchecked-labels', level: 'warning', message }];
}

/** Not above the majority: a warning. Above it, but with an interval that reaches down to it: the check decides nothing. */
function weakCheck({
  accuracy,
  interval95,
  majorityAccuracy,
  checked,
  correct,
}: LeaveOneOutCheck): Advisory[] {
  if (accuracy === null || interval95 === null || majorityAccuracy === null) return [];
  const evidence =
    `Leave-one-out: ${correct} of ${checked} right (95 % interval ${percent(interval95[0])} to ${percent(interval95[1])}); ` +
    `always the most frequent label: ${percent(majorityAccuracy)}.`;
  if (accuracy <= majorityAccuracy) {
    const message =
      'The examples do not classify each other better than always naming the most frequent label.';
    return [{ code: 'few-shot-no-better-than-majority', level: 'warning', message, evidence }];
  }
  if (interval95[0] > majorityAccuracy) return [];
  const message =
    'There are too few examples to tell this result from always naming the most frequent label.';
  return [{ code: 'few-shot-check-inconclusive', level: 'info', message, evidence }];
}

function duplicates(examples: FewShotExamples): Advisory[] {
  const pairs = nearDuplicatesAcrossClasses(examples);
  if (pairs.length === 0) return [];
  const [left, right] = pairs[0]!;
  return [
    {
      code: 'few-shot-conflicting-labels',
      level: 'warning',
      message: `${pairs.length} pairs of examples are nearly the same image but carry different labels.`,
      evidence: `For example, examples ${left} and ${right} (counted from 0 in the order of the request).`,
    },
  ];
}
