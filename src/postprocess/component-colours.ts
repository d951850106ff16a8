import { quantile } from './quantile.ts';

/**
 * `each`: every component fills the whole range of its channel, however little it explains (whitened, in effect).
 * `common`: one step of colour is the same distance along all three, so that weak components stay near gray.
 */
export const colourScales = ['each', 'common'] as const;
export type ColourScale = (typeof colourScales)[number];

/** Values of a component that become level 0 and level 255. */
export interface ColourRange {
  readonly low: number;
  readonly high: number;
}

/** Two in a hundred patches at either end may be clipped, so that a few outliers do not take the contrast from all others. */
const clippedShare = 0.02;
const middleLevel = 128;

/** Ranges of the three components over `scores`, rows of three values. */
export function colourRanges(scores: Float64Array, scale: ColourScale): readonly ColourRange[] {
  const own = [0, 1, 2].map((component) => {
    const sorted = scores.filter((_, i) => i % 3 === component).sort();
    const low = quantile(sorted, clippedShare);
    const high = quantile(sorted, 1 - clippedShare);
    // All but the outliers are equal: then the outliers are what there is to see.
    return high > low ? { low, high } : { low: sorted[0]!, high: sorted.at(-1)! };
  });
  if (scale === 'each') return own;
  const reach = Math.max(...own.map(({ low, high }) => high - low)) / 2;
  return own.map(({ low, high }) => {
    const middle = (low + high) / 2;
    return { low: middle - reach, high: middle + reach };
  });
}

function level(value: number, { low, high }: ColourRange): number {
  // A component without spread says nothing: neither dark nor bright.
  if (!(high > low)) return middleLevel;
  const share = Math.min(1, Math.max(0, (value - low) / (high - low)));
  return Math.floor(share * 255 + 0.5);
}

/** The three components as red, green and blue: one RGB triple per row of `scores`. */
export function componentColours(scores: Float64Array, ranges: readonly ColourRange[]): Uint8Array {
  return Uint8Array.from(scores, (value, i) => level(value, ranges[i % 3]!));
}
