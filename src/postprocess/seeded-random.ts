/**
 * Uniform numbers in [0, 1) from a 32-bit seed: a Weyl sequence through a xor-shift-multiply finaliser (the
 * splitmix construction, Steele et al. 2014, with the 32-bit constants of Chris Wellons' lowbias32).
 * For resampling that must be the same on every run; not for secrets.
 */
export function createSeededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x7feb352d);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b);
    return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32;
  };
}
