import { describe, expect, it } from 'vitest';
import { meanEmbedding } from '#src/postprocess/mean-embedding.ts';
import { rawEmbedding } from '#test/support/labelled-embedding.ts';

const internal = expect.objectContaining({ code: 'internal' });

describe('meanEmbedding', () => {
  it('averages raw vectors, then normalises: a weak tile weighs as little as it is short', () => {
    const tiles = [rawEmbedding(6, 0), rawEmbedding(0, 8)];
    expect(meanEmbedding(tiles, false).values).toEqual(Float32Array.of(3, 4));
    // Averaging normalised tiles would give equal components.
    expect(meanEmbedding(tiles, true)).toEqual({
      pooling: 'cls',
      isL2Normalized: true,
      values: Float32Array.of(3 / 5, 4 / 5),
    });
  });

  it('gives a single tile back', () => {
    expect(meanEmbedding([rawEmbedding(1, 2, 2)], false)).toEqual(rawEmbedding(1, 2, 2));
  });

  it('sums in float64: small tiles are not lost beside a large one', () => {
    // In float32, 2^24 + 1 = 2^24.
    const tiles = [rawEmbedding(2 ** 24), rawEmbedding(1), rawEmbedding(1), rawEmbedding(1), rawEmbedding(1)];
    expect(meanEmbedding(tiles, false).values[0]).toBe(Math.fround((2 ** 24 + 4) / 5));
    expect(Math.fround((2 ** 24 + 4) / 5)).not.toBe(Math.fround(2 ** 24 / 5));
  });

  it('refuses no tile, normalised tiles, and tiles of unequal pooling or length', () => {
    expect(() => meanEmbedding([], true)).toThrow(internal);
    expect(() => meanEmbedding([{ ...rawEmbedding(1), isL2Normalized: true }], true)).toThrow(internal);
    expect(() =>
      meanEmbedding([rawEmbedding(1), { ...rawEmbedding(1), pooling: 'patch_mean' }], true),
    ).toThrow(internal);
    expect(() => meanEmbedding([rawEmbedding(1), rawEmbedding(1, 2)], true)).toThrow(internal);
  });
});
