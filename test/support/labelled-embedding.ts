import type { LabelledEmbedding } from '#src/domain/classification.ts';
import type { ImageEmbedding } from '#src/domain/image-embedding.ts';

/** A raw CLS embedding of the given values. */
export function rawEmbedding(...values: readonly number[]): ImageEmbedding {
  return { pooling: 'cls', isL2Normalized: false, values: Float32Array.from(values) };
}

/** An example with a label. */
export function labelled(label: string, ...values: readonly number[]): LabelledEmbedding {
  return { label, embedding: rawEmbedding(...values) };
}
