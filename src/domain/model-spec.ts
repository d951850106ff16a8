import type { Advisory } from './advisory.ts';

/** Everything the product knows about a model before a server is asked: written once per model, as data (`spec.json`). */
export interface ModelSpec {
  /** `<variant>_<size>`, for example `demo_vit_224`; also the model's name in a repository. */
  readonly name: string;
  readonly family: string;
  readonly variant: string;
  /** Model version directory in the repository; a decimal integer, as Triton requires. */
  readonly version: string;
  readonly description: string;
  readonly input: {
    readonly name: string;
    readonly channels: number;
    readonly height: number;
    readonly width: number;
    readonly mean: readonly number[];
    readonly std: readonly number[];
  };
  readonly patchSize: number;
  readonly registerTokens: number;
  /** Length D of an embedding. */
  readonly dimension: number;
  /** sha256 (hex) of the canonical weights file, the same for every size and engine built from it. */
  readonly weightsDigest: string;
  readonly precision: 'fp32' | 'fp16' | 'bf16' | 'int8';
  readonly maxBatchSize: number;
  /** SPDX identifier or name, and where the text lies. */
  readonly licence: { readonly name: string; readonly url: string };
  readonly advisories: readonly Advisory[];
}

/** Rows and columns of the patch grid. */
export function patchGrid(spec: ModelSpec): { rows: number; columns: number } {
  return {
    rows: spec.input.height / spec.patchSize,
    columns: spec.input.width / spec.patchSize,
  };
}
