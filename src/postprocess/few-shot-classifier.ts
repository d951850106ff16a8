import type { FewShotClassification, FewShotOptions, LabelledEmbedding } from '#src/domain/classification.ts';
import type { ImageEmbedding } from '#src/domain/image-embedding.ts';
import { classifyByNeighbours } from './classify-by-neighbours.ts';
import { classifyByPrototypes } from './classify-by-prototypes.ts';
import { prepareExamples } from './few-shot-examples.ts';

/**
 * Prepares the examples once and returns the function that classifies by them. Nothing is trained.
 * Throws as {@link prepareExamples} does; the returned function throws `embedding-space-mismatch` for a vector of another length.
 */
export function createFewShotClassifier(
  labelled: readonly LabelledEmbedding[],
  { method, temperature, k }: FewShotOptions,
): (query: ImageEmbedding) => FewShotClassification {
  const examples = prepareExamples(labelled);
  return method === 'prototypes'
    ? ({ values }) => classifyByPrototypes(examples, values, temperature)
    : ({ values }) => classifyByNeighbours(examples, values, { k, temperature });
}
