import type { FewShotClassification } from '#src/domain/classification.ts';
import { defaultTemperature } from './classify-by-prototypes.ts';
import { dot } from './dot.ts';
import { queryDirection, type FewShotExample, type FewShotExamples } from './few-shot-examples.ts';
import { fewShotResult } from './few-shot-result.ts';
import { nearestExamples } from './nearest-examples.ts';
import { softmax } from './softmax.ts';

/** The smallest k of DINO's evaluation; with fewer examples all of them vote. */
export const defaultNeighbours = 10;

export interface NeighbourOptions {
  /** Neighbours that vote; more than there are examples means all. At least 1. */
  readonly k?: number | undefined;
  readonly temperature?: number | undefined;
}

/**
 * The votes of the k most similar examples: weights softmax(similarity / T) over those k, summed by class
 * (dinov3/eval/knn.py with one k).
 * @param similarities by example, in [−1, 1].
 * @returns votes by class index; they sum to 1.
 */
export function neighbourVotes(
  similarities: Float64Array,
  examples: readonly FewShotExample[],
  classCount: number,
  k: number,
  temperature: number,
): Float64Array {
  const nearest = nearestExamples(similarities, examples, k);
  const weights = softmax(
    nearest.map((index) => similarities[index]!),
    temperature,
  );
  const votes = new Float64Array(classCount);
  nearest.forEach((index, rank) => (votes[examples[index]!.classIndex]! += weights[rank]!));
  // A unanimous vote becomes exactly 1: otherwise rounding would rank unanimous images among each other by nothing.
  const total = votes.reduce((a, b) => a + b, 0);
  return votes.map((vote) => vote / total);
}

/** Classifies by the nearest examples. `similarities` of the result holds the nearest example of each class, voting or not. */
export function classifyByNeighbours(
  prepared: FewShotExamples,
  query: Float32Array,
  options: NeighbourOptions = {},
): FewShotClassification {
  const { labels, examples } = prepared;
  const temperature = options.temperature ?? defaultTemperature;
  const k = neighboursUsed(options.k, examples.length);
  const direction = queryDirection(prepared, query);
  const similarities = Float64Array.from(examples, (example) => dot(direction, example.direction));
  const votes = neighbourVotes(similarities, examples, labels.length, k, temperature);
  const nearest = new Float64Array(labels.length).fill(-1);
  examples.forEach(({ classIndex }, i) => {
    nearest[classIndex] = Math.max(nearest[classIndex]!, similarities[i]!);
  });
  return fewShotResult(labels, votes, nearest, { method: 'knn', temperature, k });
}

/** How many of `available` examples vote. */
export function neighboursUsed(asked: number | undefined, available: number): number {
  return Math.min(asked ?? defaultNeighbours, available);
}
