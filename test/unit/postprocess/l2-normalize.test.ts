import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { l2Norm, l2Normalize } from '#src/postprocess/l2-normalize.ts';

describe('l2Normalize', () => {
  it('scales to length 1', () => {
    // 3-4-5.
    expect(l2Norm([3, 4])).toBe(5);
    expect([...l2Normalize([3, 4])]).toEqual([expect.closeTo(3 / 5, 15), expect.closeTo(4 / 5, 15)]);
  });

  it('leaves the zero vector zero instead of dividing by nothing', () => {
    expect([...l2Normalize([0, 0, 0])]).toEqual([0, 0, 0]);
  });

  it('neither overflows nor underflows over the whole range of float32', () => {
    // The squares, 1e76 and 1e-90, lie outside float32 and inside float64.
    for (const size of [1e38, 1e-45]) {
      expect(l2Norm(l2Normalize(Float32Array.of(size, -size)))).toBeCloseTo(1, 14);
    }
  });

  it('does not depend on the length of the input', () => {
    const value = fc.float({ noNaN: true, min: -1000, max: 1000 });
    fc.assert(
      fc.property(
        fc.array(value, { minLength: 1, maxLength: 50 }),
        fc.integer({ min: 1, max: 1000 }),
        (values, times) => {
          fc.pre(l2Norm(values) > 1e-6);
          const longer = l2Normalize(values.map((one) => one * times));
          l2Normalize(values).forEach((one, i) => expect(longer[i]).toBeCloseTo(one, 12));
        },
      ),
    );
  });
});
