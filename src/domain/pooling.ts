/** How tokens become one image embedding. `cls_patch_mean` is the concatenation, 2D values (the paper's linear probe input). */
export type Pooling = 'cls' | 'patch_mean' | 'cls_patch_mean';
export const poolings = ['cls', 'patch_mean', 'cls_patch_mean'] as const satisfies readonly Pooling[];
