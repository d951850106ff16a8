import type { Pooling } from './pooling.ts';

/** One vector for one image. */
export interface ImageEmbedding {
  readonly pooling: Pooling;
  readonly isL2Normalized: boolean;
  readonly values: Float32Array;
}
