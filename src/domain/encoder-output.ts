/**
 * Named outputs that an encoder graph may have: `cls` always, the others where the architecture has patch tokens. Asked for by
 * name, so unused ones cost nothing.
 */
export type OutputName = 'cls' | 'patch_mean' | 'patch_tokens';
export const outputNames = ['cls', 'patch_mean', 'patch_tokens'] as const satisfies readonly OutputName[];

/** What the encoder says about one image. Only the outputs that were asked for are present. */
export interface EncoderOutput {
  /** The encoder's own pooled vector, D values: the CLS token after the final norm; of a CNN its global pooling, of CLIP its projection. */
  readonly clsToken?: Float32Array;
  /** Mean of the patch tokens, D values. */
  readonly patchMean?: Float32Array;
  /** Patch tokens, IEEE half floats as raw 16-bit words, N×D row-major (N = patch rows × patch columns). */
  readonly patchTokens?: Uint16Array;
}
