import type { ModelInput } from '#src/domain/model-input.ts';
import type { ModelSpec } from '#src/domain/model-spec.ts';
import { parityLimits } from './parity-limits.ts';
import { syntheticImage, syntheticNames } from './synthetic-image.ts';

/** An image that an encoder is asked about, by a name of its own. */
export interface TrialImage {
  readonly name: string;
  readonly input: ModelInput;
}

/**
 * The images of a verification: the built-in ones under their names, then the same turned by eighths of their width, until a batch
 * of the model (of eight at most) is full of different images.
 */
export function trialImages(spec: ModelSpec): readonly TrialImage[] {
  const { length } = syntheticNames;
  const count = Math.max(length, triedBatch(spec));
  return Array.from({ length: count }, (_, index) => {
    const name = syntheticNames[index % length]!;
    const eighths = Math.floor(index / length);
    const shift = Math.floor((eighths * spec.input.width) / 8);
    const input = syntheticImage(name, spec, shift)!;
    return { name: eighths === 0 ? name : `${name}+${eighths}/8`, input };
  });
}

/** How many of them are asked about together. */
export const triedBatch = ({ maxBatchSize }: Pick<ModelSpec, 'maxBatchSize'>): number =>
  Math.min(parityLimits.largestTriedBatch, maxBatchSize);
