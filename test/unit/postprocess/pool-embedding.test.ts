import { describe, expect, it } from 'vitest';
import { l2Norm } from '#src/postprocess/l2-normalize.ts';
import { poolEmbedding } from '#src/postprocess/pool-embedding.ts';

const output = { clsToken: Float32Array.of(3, 4), patchMean: Float32Array.of(0, 12) };

describe('poolEmbedding', () => {
  it('hands on the raw token when not normalised', () => {
    expect(poolEmbedding(output, 'cls', false)).toEqual({
      pooling: 'cls',
      isL2Normalized: false,
      values: Float32Array.of(3, 4),
    });
    expect(poolEmbedding(output, 'patch_mean', false).values).toEqual(Float32Array.of(0, 12));
  });

  it('scales to length 1 when normalised', () => {
    expect(poolEmbedding(output, 'cls', true)).toEqual({
      pooling: 'cls',
      isL2Normalized: true,
      values: Float32Array.of(3 / 5, 4 / 5),
    });
  });

  it('joins CLS and patch mean first and normalises the whole: they keep their relative lengths', () => {
    // 3² + 4² + 12² = 13².
    expect(poolEmbedding(output, 'cls_patch_mean', true).values).toEqual(
      Float32Array.of(3 / 13, 4 / 13, 0, 12 / 13),
    );
    expect(poolEmbedding(output, 'cls_patch_mean', false).values).toEqual(Float32Array.of(3, 4, 0, 12));
  });

  it('gives a vector of its own: changing it does not change the output of the encoder', () => {
    const { values } = poolEmbedding(output, 'cls', false);
    values[0] = 99;
    expect(output.clsToken[0]).toBe(3);
  });

  it('leaves a zero vector as it is and does not call it normalised', () => {
    const zero = { clsToken: new Float32Array(3) };
    expect(poolEmbedding(zero, 'cls', true)).toEqual({
      pooling: 'cls',
      isL2Normalized: false,
      values: new Float32Array(3),
    });
  });

  it('is of length 1 to within float32 rounding for a long vector', () => {
    const clsToken = Float32Array.from({ length: 4096 }, (_, i) => Math.sin(i) * 100);
    expect(l2Norm(poolEmbedding({ clsToken }, 'cls', true).values)).toBeCloseTo(1, 7);
  });

  it.each([NaN, Infinity, -Infinity])('refuses %s from the encoder', (bad) => {
    expect(() => poolEmbedding({ clsToken: Float32Array.of(1, bad) }, 'cls', false)).toThrow(
      expect.objectContaining({ code: 'encoder-protocol-error' }),
    );
  });

  it('refuses an answer that lacks an output', () => {
    expect(() => poolEmbedding({ clsToken: Float32Array.of(1) }, 'cls_patch_mean', true)).toThrow(
      expect.objectContaining({ code: 'encoder-protocol-error' }),
    );
  });
});
