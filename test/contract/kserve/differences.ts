/** A place where the embedded encoder and Triton with the Python backend answer differently, and why that may be. */
export interface Difference {
  /** Path in the observations, for example `modelConfig/backend`. */
  readonly path: string;
  readonly reason: string;
}

export const differences: readonly Difference[] = [];
