/** One thing that a model must reach, and what it reached. */
export interface Gate {
  readonly name: string;
  /** `null`: it was not asked. */
  readonly isPassed: boolean | null;
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

/** What could not be asked, and why: neither passed nor missed. */
export const notAsked = (name: string, detail: string): Gate => ({ name, isPassed: null, detail });

/** No gate is missed. */
export const isSound = (gates: readonly Gate[]): boolean => gates.every(({ isPassed }) => isPassed !== false);
