import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createByteBudget } from '#src/http/input/byte-budget.ts';

describe('the byte budget', () => {
  test('bounds the sum over all open leases, to the byte', () => {
    const budget = createByteBudget(100);
    const [a, b] = [budget.open(), budget.open()];
    a.charge(60);
    b.charge(40);
    expect(() => b.charge(1)).toThrow(
      expect.objectContaining({ code: 'overloaded', retryAfterSeconds: 2 }) as Error,
    );
    expect(budget.usedBytes()).toBe(100);
    a.release();
    b.charge(60);
    expect(budget.usedBytes()).toBe(100);
  });

  test('a refused charge takes nothing, and a second release gives nothing', () => {
    const budget = createByteBudget(10);
    const lease = budget.open();
    expect(() => lease.charge(11)).toThrow();
    expect(budget.usedBytes()).toBe(0);
    lease.charge(10);
    lease.release();
    lease.release();
    expect(budget.usedBytes()).toBe(0);
  });

  test('whatever is charged and released, the sum is right, within bounds, and 0 at the end', () => {
    const steps = fc.array(fc.record({ lease: fc.nat(4), bytes: fc.nat(50), isRelease: fc.boolean() }));
    fc.assert(
      fc.property(steps, (actions) => {
        const budget = createByteBudget(100);
        const leases = Array.from({ length: 5 }, () => budget.open());
        const held = [0, 0, 0, 0, 0];
        for (const { lease, bytes, isRelease } of actions) {
          const sum = held.reduce((total, value) => total + value, 0);
          if (isRelease) {
            leases[lease]!.release();
            held[lease] = 0;
          } else if (sum + bytes > 100) expect(() => leases[lease]!.charge(bytes)).toThrow();
          else {
            leases[lease]!.charge(bytes);
            held[lease]! += bytes;
          }
          expect(budget.usedBytes()).toBe(held.reduce((total, value) => total + value, 0));
        }
        leases.forEach((lease) => lease.release());
        expect(budget.usedBytes()).toBe(0);
      }),
    );
  });
});
