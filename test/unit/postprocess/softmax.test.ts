import { describe, expect, it } from 'vitest';
import { softmax } from '#src/postprocess/softmax.ts';

describe('softmax', () => {
  it('weighs by exp(v / T)', () => {
    // T ln 3 apart: one three times the other.
    const [low, high] = softmax([0.5, 0.5 + 0.07 * Math.log(3)], 0.07);
    expect(low).toBeCloseTo(0.25, 12);
    expect(high).toBeCloseTo(0.75, 12);
  });

  it('does not overflow at a tiny temperature', () => {
    expect([...softmax([-1, 1, 0.999], 1e-6)]).toEqual([0, 1, 0]);
  });

  it('is empty for nothing', () => {
    expect(softmax([], 0.07)).toHaveLength(0);
  });
});
