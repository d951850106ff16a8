import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { coefficientBits, triangleCoefficients } from '#src/imaging/triangle-coefficients.ts';

const one = 2 ** coefficientBits;

describe('triangleCoefficients', () => {
  it('halving: support 2, so the middle outputs weigh 1, 3, 3, 1 eighths', () => {
    // Output 1 of 4 → 2... of 8 → 4: centre 3, taps 1–4 at distances 1.5, 0.5, 0.5, 1.5 of support 2.
    const { start, count, weights, stride } = triangleCoefficients(8, 0, 8, 4);
    expect(start[1]).toBe(1);
    expect(count[1]).toBe(4);
    expect(Array.from(weights.subarray(stride, stride + 4))).toEqual([
      one / 8,
      (3 * one) / 8,
      (3 * one) / 8,
      one / 8,
    ]);
    // Output 0: centre 1, taps 0–2 at distances 0.5, 0.5, 1.5: 3, 3, 1 sevenths.
    expect(Array.from(weights.subarray(0, 3))).toEqual(
      [3, 3, 1].map((part) => Math.floor((part * one) / 7 + 0.5)),
    );
  });

  it('doubling: support stays 1, so outputs interpolate with quarters and the edge repeats', () => {
    const { start, count, weights, stride } = triangleCoefficients(2, 0, 2, 4);
    expect([start[0], count[0], weights[0]]).toEqual([0, 1, one]);
    expect(Array.from(weights.subarray(stride, stride + 2))).toEqual([(3 * one) / 4, one / 4]);
  });

  it('weights add up to one within a unit per tap, and taps stay inside the source', () => {
    const sizes = fc.tuple(fc.integer({ min: 1, max: 3000 }), fc.integer({ min: 1, max: 300 }));
    fc.assert(
      fc.property(sizes, fc.double({ min: 0, max: 0.9, noNaN: true }), ([source, target], part) => {
        const from = (source * part) / 2;
        const { start, count, weights, stride } = triangleCoefficients(source, from, source - from, target);
        for (let index = 0; index < target; index += 1) {
          const taps = weights.subarray(index * stride, index * stride + count[index]!);
          const sum = taps.reduce((total, weight) => total + weight, 0);
          expect(count[index]).toBeGreaterThanOrEqual(1);
          expect(start[index]! + count[index]!).toBeLessThanOrEqual(source);
          expect(Math.abs(sum - one)).toBeLessThanOrEqual(count[index]!);
        }
      }),
    );
  });
});
