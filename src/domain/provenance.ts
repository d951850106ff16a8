import type { Pooling } from './pooling.ts';

/** How a vector came to be, in full. See docs/decisions/0003-two-identities.md. */
export interface Provenance {
  readonly model: string;
  readonly modelVersion: string;
  readonly weightsDigest: string;
  /** Runtime that computed it, as the server announces it, for example `onnxruntime-cpu`. */
  readonly engine: string;
  readonly precision: string;
  /** Revision and parameters of the preprocessing, for example `tessera-pre-1;224x224;stretch`. */
  readonly preprocessing: string;
  readonly pooling: Pooling;
  readonly dimension: number;
  readonly normalized: boolean;
  /** sha256 (hex) over all of the above: for the audit. */
  readonly stamp: string;
  /** sha256 (hex) over what makes vectors comparable: equal spaces may be compared, others may not. */
  readonly embeddingSpace: string;
}
