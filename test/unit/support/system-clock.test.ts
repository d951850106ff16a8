import { describe, expect, it, vi } from 'vitest';
import { createSystemClock } from '#src/telemetry/system-clock.ts';

describe('createSystemClock', () => {
  it('tells the time of the machine, and monotonic time that does not go back', () => {
    const clock = createSystemClock();
    expect(Math.abs(clock.now() - Date.now())).toBeLessThan(1_000);
    const before = clock.monotonicMs();
    expect(clock.monotonicMs()).toBeGreaterThanOrEqual(before);
  });

  it('calls back once after the delay, and not after a cancel', () => {
    vi.useFakeTimers();
    try {
      const clock = createSystemClock();
      const called: string[] = [];
      clock.after(100, () => called.push('kept'));
      const cancel = clock.after(100, () => called.push('cancelled'));
      cancel();
      vi.advanceTimersByTime(99);
      expect(called).toEqual([]);
      vi.advanceTimersByTime(1_000);
      expect(called).toEqual(['kept']);
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  it('keeps a delay longer than a Node timer can hold, and cancels it at any step', () => {
    vi.useFakeTimers();
    try {
      const clock = createSystemClock();
      const longMs = 2 ** 31 + 5_000;
      const called: string[] = [];
      clock.after(longMs, () => called.push('kept'));
      const cancel = clock.after(longMs, () => called.push('cancelled'));
      vi.advanceTimersByTime(2 ** 31);
      expect(called).toEqual([]);
      cancel();
      vi.advanceTimersByTime(5_000);
      expect(called).toEqual(['kept']);
    } finally {
      vi.useRealTimers();
    }
  });
});
