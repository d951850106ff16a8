/** One thing that a model must reach, and what it reached. */
export interface Gate {
  readonly name: string;
  readonly isPassed: boolean;
  /** The figure, where there is one. */
  readonly value?: number;
  /** What the figure is held against: the least value, or the greatest one. */
  readonly limit?: { readonly least: number } | { readonly greatest: number };
  /** What was found, in words. */
  readonly detail: string;
}

/** A figure that must not be smaller; NaN fails. */
export const atLeast = (name: string, value: number, least: number, detail: string): Gate => ({
  name,
  isPassed: value >= least,
  value,
  limit: { least },
  detail,
});

/** A figure that must not be greater; NaN fails. */
export const atMost = (name: string, value: number, greatest: number, detail: string): Gate => ({
  name,
  isPassed: value <= greatest,
  value,
  limit: { greatest },
  detail,
});

/** A yes or no. */
export const asserted = (name: string, isPassed: boolean, detail: string): Gate => ({
  name,
  isPassed,
  detail,
});
