import { describe, expect, it } from 'vitest';
import {
  createDrainRate,
  defaultRetryAfterSeconds,
  maxRetryAfterSeconds,
} from '#src/infer/batching/drain-rate.ts';

describe('createDrainRate', () => {
  it('answers the documented default before anything was measured', () => {
    const rate = createDrainRate();
    expect(rate.imagesPerSecond()).toBeUndefined();
    expect(rate.secondsToDrain(100_000)).toBe(defaultRetryAfterSeconds);
  });

  it('takes the first answered batch as the first estimate', () => {
    const rate = createDrainRate();
    rate.busyFrom(1_000);
    rate.record(8, 1_200);
    // 8 images in 0.2 s.
    expect(rate.imagesPerSecond()).toBeCloseTo(40, 10);
    // 100 / 40 = 2.5, told as whole seconds, rounded up.
    expect(rate.secondsToDrain(100)).toBe(3);
  });

  it('weighs a span by its duration: after τ = 5 s the old estimate keeps 1/e', () => {
    const rate = createDrainRate();
    rate.busyFrom(0);
    rate.record(100, 1_000);
    rate.record(100, 6_000);
    // old 100/s, new span 100 in 5 s = 20/s: 100/e + 20·(1 − 1/e) = 36.788 + 12.642.
    expect(rate.imagesPerSecond()).toBeCloseTo(49.4304, 3);
  });

  it('does not count idle time', () => {
    const rate = createDrainRate();
    rate.busyFrom(0);
    rate.record(10, 1_000);
    rate.busyFrom(3_600_000);
    rate.record(10, 3_601_000);
    expect(rate.imagesPerSecond()).toBeCloseTo(10, 10);
  });

  it('joins batches that end at the same instant into one span', () => {
    const rate = createDrainRate();
    rate.busyFrom(0);
    rate.record(5, 500);
    rate.record(5, 500);
    rate.record(0, 1_000);
    // The first span gave 10/s; the second holds the 5 of the same instant: 5 in 0.5 s, 10/s again.
    expect(rate.imagesPerSecond()).toBeCloseTo(10, 10);
  });

  it('lets failed batches lower the rate, and measures nothing from failures alone', () => {
    const rate = createDrainRate();
    rate.busyFrom(0);
    rate.record(0, 1_000);
    expect(rate.imagesPerSecond()).toBeUndefined();
    rate.record(10, 2_000);
    rate.record(0, 3_000);
    // 10/s for the span of 1 s in which it worked, then e^(−1/5) of it.
    expect(rate.imagesPerSecond()).toBeCloseTo(10 * Math.exp(-0.2), 10);
  });

  it('answers between one second and its declared maximum', () => {
    const rate = createDrainRate();
    rate.busyFrom(0);
    rate.record(1_000, 1_000);
    expect(rate.secondsToDrain(1)).toBe(1);
    expect(rate.secondsToDrain(1_000_000)).toBe(maxRetryAfterSeconds);
  });

  it('converges to the true rate of a steady encoder', () => {
    const rate = createDrainRate();
    rate.busyFrom(0);
    rate.record(1, 1_000);
    for (let endMs = 1_100; endMs <= 60_000; endMs += 100) rate.record(6, endMs);
    expect(rate.imagesPerSecond()).toBeCloseTo(60, 2);
  });
});
