import type { FewShotClassification } from '#src/domain/classification.ts';
import { dot } from './dot.ts';
import { queryDirection, type FewShotExamples } from './few-shot-examples.ts';
import { fewShotResult } from './few-shot-result.ts';
import { l2Norm } from './l2-normalize.ts';
import { softmax } from './softmax.ts';

/** The temperature of DINO's nearest-neighbour evaluation (dinov3/eval/knn.py); declared in every result, not fitted to any data. */
export const defaultTemperature = 0.07;

/**
 * A sum of unit vectors shorter than this is rounding of their float32 values (6e-8 each): the directions cancel out,
 * and the class points nowhere.
 */
const shortestSum = 1e-6;

/**
 * Cosine of a direction with each class's prototype, the mean of the class's directions scaled back to length 1
 * (the sum points the same way). 0 where a class's directions cancel out.
 */
export function prototypeSimilarities(
  direction: Float64Array,
  classSums: readonly Float64Array[],
): Float64Array {
  return Float64Array.from(classSums, (sum) => {
    const norm = l2Norm(sum);
    return norm > shortestSum ? dot(direction, sum) / norm : 0;
  });
}

/**
 * Nearest class mean (Snell et al. 2017, with cosine): softmax over classes of cosine / temperature. The number of
 * examples of a class does not count as evidence for it.
 */
export function classifyByPrototypes(
  examples: FewShotExamples,
  query: Float32Array,
  temperature: number = defaultTemperature,
): FewShotClassification {
  const similarities = prototypeSimilarities(queryDirection(examples, query), examples.classSums);
  const probabilities = softmax(similarities, temperature);
  return fewShotResult(examples.labels, probabilities, similarities, { method: 'prototypes', temperature });
}
