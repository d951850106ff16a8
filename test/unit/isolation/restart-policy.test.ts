import { describe, expect, test } from 'vitest';
import { createRestartPolicy } from '#src/isolation/restart-policy.ts';

const bounds = { baseMs: 100, maxMs: 500 };

describe('the restart policy', () => {
  test('restarts at once after the first crash, then doubles the delay up to the bound', () => {
    const policy = createRestartPolicy(bounds);
    const delays = Array.from({ length: 6 }, () => policy.delayAfterExitMs('crashed', true));
    expect(delays).toEqual([0, 100, 200, 400, 500, 500]);
  });

  test('forgets the crashes after a success', () => {
    const policy = createRestartPolicy(bounds);
    policy.delayAfterExitMs('crashed', true);
    policy.delayAfterExitMs('crashed', true);
    policy.noteSuccess();
    expect(policy.delayAfterExitMs('crashed', true)).toBe(0);
  });

  test.each(['timeout', 'memory', 'cancelled'] as const)(
    'does not back off after a child that was ended for %s',
    (reason) => {
      const policy = createRestartPolicy(bounds);
      const delays = Array.from({ length: 4 }, () => policy.delayAfterExitMs(reason, true));
      expect(delays).toEqual([0, 0, 0, 0]);
    },
  );

  test('is hopeless after three starts without a hello, until one comes', () => {
    const policy = createRestartPolicy(bounds);
    policy.delayAfterExitMs('crashed', false);
    policy.delayAfterExitMs('crashed', false);
    expect(policy.isHopeless()).toBe(false);
    policy.delayAfterExitMs('crashed', false);
    expect(policy.isHopeless()).toBe(true);
    policy.noteReady();
    expect(policy.isHopeless()).toBe(false);
  });

  test('counts the starts that failed in a row, whatever the reason, and forgets them at a hello', () => {
    const policy = createRestartPolicy(bounds);
    policy.delayAfterExitMs('crashed', false);
    policy.delayAfterExitMs('timeout', false);
    expect(policy.failedStarts()).toBe(2);
    policy.noteReady();
    policy.delayAfterExitMs('crashed', true);
    expect(policy.failedStarts()).toBe(0);
  });
});
