import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { areaUnderCurve } from '#src/postprocess/area-under-curve.ts';
import { bootstrapAreaUnderCurve } from '#src/postprocess/bootstrap-area-under-curve.ts';
import { quantile } from '#src/postprocess/quantile.ts';
import { createSeededRandom } from '#src/postprocess/seeded-random.ts';

const item = fc.tuple(fc.integer({ min: -5, max: 5 }), fc.boolean());
const sample = fc
  .array(item, { minLength: 2, maxLength: 40 })
  .filter((items) => items.some(([, positive]) => positive) && items.some(([, positive]) => !positive));

describe('areaUnderCurve', () => {
  it('is 1 when all positives score above all negatives, 0 the other way, 0.5 when all are equal', () => {
    expect(areaUnderCurve([1, 2, 3, 4], [false, false, true, true])).toBe(1);
    expect(areaUnderCurve([1, 2, 3, 4], [true, true, false, false])).toBe(0);
    expect(areaUnderCurve([7, 7, 7], [true, false, true])).toBe(0.5);
  });

  it('counts a tied pair as half', () => {
    // Pairs (positive, negative): (2,1) right, (2,2) tied, (3,1) right, (3,2) right: 3.5 of 4.
    expect(areaUnderCurve([1, 2, 2, 3], [false, true, false, true])).toBe(3.5 / 4);
  });

  it('equals the count over all pairs', () => {
    fc.assert(
      fc.property(sample, (items) => {
        const positives = items.filter(([, positive]) => positive);
        const negatives = items.filter(([, positive]) => !positive);
        let right = 0;
        for (const [high] of positives)
          for (const [low] of negatives) right += high > low ? 1 : high === low ? 0.5 : 0;
        const area = areaUnderCurve(
          items.map(([score]) => score),
          items.map(([, positive]) => positive),
        );
        expect(area).toBeCloseTo(right / (positives.length * negatives.length), 12);
      }),
    );
  });

  it('is NaN when a class is missing', () => {
    expect(areaUnderCurve([1, 2], [true, true])).toBeNaN();
  });
});

describe('bootstrapAreaUnderCurve', () => {
  it('has no width for perfectly separated classes, and is the same for the same seed', () => {
    expect(bootstrapAreaUnderCurve([1, 2, 3, 4], [false, false, true, true])).toEqual([1, 1]);
    const scores = Array.from({ length: 60 }, (_, i) => Math.sin(i * 1.7));
    const truth = scores.map((score, i) => score + Math.cos(i) > 0);
    const once = bootstrapAreaUnderCurve(scores, truth, { resamples: 500, seed: 3 });
    expect(bootstrapAreaUnderCurve(scores, truth, { resamples: 500, seed: 3 })).toEqual(once);
    expect(bootstrapAreaUnderCurve(scores, truth, { resamples: 500, seed: 4 })).not.toEqual(once);
    const area = areaUnderCurve(scores, truth);
    expect(once[0]).toBeLessThan(area);
    expect(once[1]).toBeGreaterThan(area);
  });
});

describe('quantile', () => {
  it('interpolates between neighbours', () => {
    const sorted = Float64Array.of(10, 20, 30, 40);
    expect([0, 0.5, 0.25, 1].map((share) => quantile(sorted, share))).toEqual([10, 25, 17.5, 40]);
  });
});

describe('createSeededRandom', () => {
  it('is uniform: a chi-square test over 100 bins of 100,000 draws passes for several seeds', () => {
    for (const seed of [0, 1, 2, 0xffffffff]) {
      const random = createSeededRandom(seed);
      const bins = new Array<number>(100).fill(0);
      for (let i = 0; i < 100_000; i += 1) bins[Math.floor(random() * 100)]! += 1;
      const chiSquare = bins.reduce((sum, count) => sum + (count - 1_000) ** 2 / 1_000, 0);
      // 99 degrees of freedom: the 0.001 and 0.999 quantiles are 60 and 149.
      expect(chiSquare).toBeGreaterThan(60);
      expect(chiSquare).toBeLessThan(149);
    }
  });
});
