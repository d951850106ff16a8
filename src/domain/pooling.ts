import type { OutputName } from './encoder-output.ts';

/** How tokens become one image embedding. `cls_patch_mean` is the concatenation, 2D values (the paper's linear probe input). */
export type Pooling = 'cls' | 'patch_mean' | 'cls_patch_mean';
export const poolings = ['cls', 'patch_mean', 'cls_patch_mean'] as const satisfies readonly Pooling[];

const needed: Readonly<Record<Pooling, readonly OutputName[]>> = {
  cls: ['cls'],
  patch_mean: ['patch_mean'],
  cls_patch_mean: ['cls', 'patch_mean'],
};

/** The outputs that a pooling needs, so that only these are asked for. */
export const requiredOutputs = (pooling: Pooling): readonly OutputName[] => needed[pooling];

/** The poolings that a model with these outputs can give. */
export const offeredPoolings = (outputs: readonly OutputName[]): readonly Pooling[] =>
  poolings.filter((pooling) => needed[pooling].every((name) => outputs.includes(name)));
