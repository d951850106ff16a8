import { AppError } from '#src/domain/app-error.ts';
import { colourRanges, componentColours, type ColourScale } from '#src/postprocess/component-colours.ts';
import { fitPrincipalComponents, projectOnComponents } from '#src/postprocess/principal-components.ts';

export interface Coloured {
  /** An RGB triple per token. */
  readonly colours: Uint8Array;
  /** Shares of the variance along the three components: of the image, or of all images that share the axes. */
  readonly explainedVariance: readonly number[];
}

/** Values that one basis is fitted to; the fit holds them once as float32 and twice as float64, 1.25 GiB. */
const maxValues = 2 ** 26;

function concatenate(parts: readonly Float32Array[]): Float32Array {
  const joined = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/**
 * Colours of the tokens of images that share one basis and one scale of colours: equal colours, equal coordinates.
 * @param tokens per image, rows of length `dimension`
 * @throws AppError `payload-too-large` for more than fits in memory; else those of {@link fitPrincipalComponents}
 */
export function colourImages(
  tokens: readonly Float32Array[],
  dimension: number,
  scale: ColourScale,
): readonly Coloured[] {
  if (tokens.reduce((sum, { length }) => sum + length, 0) > maxValues) {
    throw new AppError(
      'payload-too-large',
      `One basis is fitted to at most ${maxValues} numbers; take fewer patches.`,
    );
  }
  const all = concatenate(tokens);
  const components = fitPrincipalComponents(all, dimension, 3);
  const { explainedVariance } = components;
  const scores = projectOnComponents(components, all);
  const colours = componentColours(scores, colourRanges(scores, scale));
  let at = 0;
  return tokens.map(({ length }) => {
    const from = at;
    at += (length / dimension) * 3;
    return { colours: colours.slice(from, at), explainedVariance };
  });
}
