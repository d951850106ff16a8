import type { ImageEmbedding } from './image-embedding.ts';

/** How labelled examples decide: by the mean of each class, or by the votes of the k nearest examples. */
export type FewShotMethod = 'prototypes' | 'knn';
export const fewShotMethods = ['prototypes', 'knn'] as const satisfies readonly FewShotMethod[];

/** An embedding whose label the caller gave. Need not be normalised. */
export interface LabelledEmbedding {
  readonly label: string;
  readonly embedding: ImageEmbedding;
}

export interface FewShotOptions {
  readonly method: FewShotMethod;
  /** Of the softmax; above 0. */
  readonly temperature: number;
  /** Neighbours that vote (`knn`): at least 1; more than there are examples means all; undefined: the default. */
  readonly k?: number | undefined;
}

/** What labelled examples say about one image. Both maps hold every label of the examples, in code unit order. */
export interface FewShotClassification {
  /** The most probable label; of equals, the first in code unit order. */
  readonly label: string;
  /** Sum to 1. Softmax weights of similarities: an order of preference, not a calibrated chance. */
  readonly probabilities: ReadonlyMap<string, number>;
  /** Cosine with the class prototype, or with the nearest example of the class; −1 to 1. */
  readonly similarities: ReadonlyMap<string, number>;
  readonly method: FewShotMethod;
  readonly temperature: number;
  /** Neighbours that voted; only with method `knn`. */
  readonly k?: number;
}
