import { AppError } from '#src/domain/app-error.ts';
import type { ColourScale } from '#src/postprocess/component-colours.ts';
import { CliError } from '../cli-error.ts';
import type { OpenGateway } from '../client/open-gateway.ts';
import { collectImages, type Collected, type CollectOptions } from './collect-images.ts';
import { colourImages } from './colour-images.ts';
import { paintPanels, type Panels } from './paint-panels.ts';
import type { TokenImage } from './token-image.ts';

/** The map of one image, painted, and what is to be said about it. */
export interface ImageMap extends Panels {
  readonly grid: { readonly rows: number; readonly columns: number };
  readonly tiles: number;
  /** Patches that the colours are made of: all but those in padding. */
  readonly patches: number;
  /** Shares of the variance along red, green and blue. */
  readonly explainedVariance: readonly number[];
}

export interface MapOptions extends Omit<CollectOptions<unknown>, 'finish'> {
  /** One basis and one scale of colours for all images. */
  readonly joint: boolean;
  readonly scale: ColourScale;
  /** Longer side of a panel in pixels. */
  readonly size: number;
}

/** Maps of images that share their axes; a single image when every one has its own. */
function paintTogether(images: readonly TokenImage[], { scale, size }: MapOptions): readonly ImageMap[] {
  const { dimension } = images[0]!;
  const coloured = colourImages(
    images.map(({ tokens }) => tokens),
    dimension,
    scale,
  );
  return images.map(({ views, tokens }, i) => {
    const { colours, explainedVariance } = coloured[i]!;
    const patches = tokens.length / dimension;
    const { grid } = views[0]!;
    return { ...paintPanels(views, colours, size), grid, tiles: views.length, patches, explainedVariance };
  });
}

/** Axes for all images at once: their tokens are kept until the last one is there. */
async function mapJointly(gateway: OpenGateway, options: MapOptions): Promise<Collected<ImageMap>> {
  const collected = await collectImages(gateway, { ...options, finish: (image) => image });
  const images = collected.outcomes.flatMap((outcome) => (outcome.ok ? [outcome.value] : []));
  const maps = (images.length === 0 ? [] : paintTogether(images, options)).values();
  const outcomes = collected.outcomes.map((outcome) =>
    outcome.ok ? { ...outcome, value: maps.next().value! } : outcome,
  );
  return { ...collected, outcomes };
}

/** Tokens → three principal components → pictures, for each image by itself or for all together. Throws CliError. */
export async function mapImages(gateway: OpenGateway, options: MapOptions): Promise<Collected<ImageMap>> {
  if (!options.joint) {
    return collectImages(gateway, { ...options, finish: (image) => paintTogether([image], options)[0]! });
  }
  try {
    return await mapJointly(gateway, options);
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown;
    throw new CliError('failed', thrown.detail, 'Take fewer images, or leave --joint out.', thrown);
  }
}
