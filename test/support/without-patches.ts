/** The same spec without a patch size: that of a model without patches. */
export function withoutPatches<T extends { patchSize?: number }>(spec: T): Omit<T, 'patchSize'> {
  const copy = { ...spec };
  delete copy.patchSize;
  return copy;
}
