import type { OutputName } from '#src/domain/encoder-output.ts';
import type { ModelSpec } from '#src/domain/model-spec.ts';

export interface ParityLimits {
  /** Least cosine with the reference, of the outputs that are gated. */
  readonly cosine: Partial<Readonly<Record<OutputName, number>>>;
  /** Greatest deviation of a vector's length from the reference's, relative; none: not gated. */
  readonly norm: number | undefined;
}

const half: ParityLimits = { cosine: { cls: 0.999, patch_mean: 0.999, patch_tokens: 0.995 }, norm: 0.02 };

/**
 * What an engine must reach against the FP32 reference, by precision: the gates of triton-models/export/gates.py on the excerpts
 * that golden.json keeps. Lengths: FP32 engines differ by 1e-5 and FP16 rounding of the tokens moves one by 2e-4.
 */
export const parityLimits: Readonly<Record<ModelSpec['precision'], ParityLimits>> = {
  fp32: { cosine: { cls: 0.9999, patch_mean: 0.9999, patch_tokens: 0.9999 }, norm: 1e-3 },
  fp16: half,
  bf16: half,
  int8: { cosine: { cls: 0.99 }, norm: undefined },
};

/** One image alone or inside any batch, in every precision. */
export const minBatchCosine = 0.99999;
