import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wilsonInterval } from '#src/postprocess/wilson-interval.ts';

describe('wilsonInterval', () => {
  it('has the closed form at the ends: n right of n reach down to n / (n + z²)', () => {
    // z² = 3.841459.
    expect(wilsonInterval(10, 10)).toEqual([
      expect.closeTo(10 / 13.841458820694124, 12),
      expect.closeTo(1, 12),
    ]);
    expect(wilsonInterval(0, 10)).toEqual([
      expect.closeTo(0, 12),
      expect.closeTo(3.841458820694124 / 13.841458820694124, 12),
    ]);
  });

  it('says that without a trial nothing is known', () => {
    expect(wilsonInterval(0, 0)).toEqual([0, 1]);
  });

  it('holds the proportion, stays within [0, 1], and mirrors for failures', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (trials, share) => {
          const successes = Math.round(trials * share);
          const [lower, upper] = wilsonInterval(successes, trials);
          expect(lower).toBeGreaterThanOrEqual(0);
          expect(upper).toBeLessThanOrEqual(1);
          expect(lower).toBeLessThanOrEqual(successes / trials + 1e-12);
          expect(upper).toBeGreaterThanOrEqual(successes / trials - 1e-12);
          expect(1 - wilsonInterval(trials - successes, trials)[1]).toBeCloseTo(lower, 10);
        },
      ),
    );
  });
});
