import { AppError } from '#src/domain/app-error.ts';
import type { LabelledEmbedding } from '#src/domain/classification.ts';
import { l2Normalize } from './l2-normalize.ts';

/** One example, ready to compare: its direction (float64, length 1; zero for a zero vector) and its class. */
export interface FewShotExample {
  readonly classIndex: number;
  readonly direction: Float64Array;
}

/** Labelled examples prepared once per call; both methods, the check and the advisories read them. */
export interface FewShotExamples {
  /** Labels in code unit order, so that nothing depends on the order in which the examples came. */
  readonly labels: readonly string[];
  /** In the order in which they came. */
  readonly examples: readonly FewShotExample[];
  /** Sum of the directions of each class, by class index: points where the class mean points. */
  readonly classSums: readonly Float64Array[];
  readonly classSizes: readonly number[];
  readonly dimension: number;
}

/**
 * Normalises the examples and sums them by class.
 * Throws `unusable-input` for fewer than two labels, and `embedding-space-mismatch` for vectors of unequal length.
 */
export function prepareExamples(labelled: readonly LabelledEmbedding[]): FewShotExamples {
  const labels = [...new Set(labelled.map(({ label }) => label))].sort();
  if (labels.length < 2) {
    throw new AppError('unusable-input', 'Give examples of at least two different labels.');
  }
  const dimension = labelled[0]!.embedding.values.length;
  const examples = labelled.map(({ label, embedding: { values } }) => {
    checkDimension(values.length, dimension);
    return { classIndex: labels.indexOf(label), direction: l2Normalize(values) };
  });
  const classSums = labels.map(() => new Float64Array(dimension));
  const classSizes = labels.map(() => 0);
  for (const { classIndex, direction } of examples) {
    classSizes[classIndex]! += 1;
    const sum = classSums[classIndex]!;
    for (let i = 0; i < dimension; i += 1) sum[i]! += direction[i]!;
  }
  return { labels, examples, classSums, classSizes, dimension };
}

/** The direction of a query vector, after checking that it can be compared with the examples. */
export function queryDirection({ dimension }: FewShotExamples, query: Float32Array): Float64Array {
  checkDimension(query.length, dimension);
  return l2Normalize(query);
}

function checkDimension(got: number, wanted: number): void {
  if (got === wanted) return;
  throw new AppError(
    'embedding-space-mismatch',
    `Vectors of ${got} and ${wanted} values cannot be compared.`,
  );
}
