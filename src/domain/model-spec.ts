import type { Advisory } from './advisory.ts';
import type { OutputName } from './encoder-output.ts';

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
  /** What the graph gives: `cls` is among them. */
  readonly outputs: readonly OutputName[];
  /** Side of a patch in pixels; absent where the encoder has no patches or does not show them. */
  readonly patchSize?: number;
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

/** Rows and columns of the patch grid; none where the model has no patches. */
export function patchGrid({ input, patchSize }: Pick<ModelSpec, 'input' | 'patchSize'>): {
  rows: number;
  columns: number;
} {
  if (patchSize === undefined) return { rows: 0, columns: 0 };
  return { rows: input.height / patchSize, columns: input.width / patchSize };
}
