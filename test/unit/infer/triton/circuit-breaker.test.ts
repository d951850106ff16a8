import { describe, expect, test } from 'vitest';
import { createCircuitBreaker, type BreakerState } from '#src/infer/triton/circuit-breaker.ts';
import { defaultTuning } from '#src/infer/triton/triton-options.ts';
import { createManualClock } from '#test/support/manual-clock.ts';

function setUp() {
  const clock = createManualClock();
  const states: BreakerState[] = [];
  const breaker = createCircuitBreaker(
    clock,
    {
      breakerConsecutiveFailures: 3,
      breakerFailureRatio: 0.5,
      breakerWindowCalls: 8,
      breakerOpenMs: 100,
      breakerOpenMaxMs: 350,
    },
    (state) => states.push(state),
  );
  const record = (...outcomes: readonly boolean[]): void =>
    outcomes.forEach((isFailure) => breaker.record(isFailure));
  return { clock, breaker, states, record };
}

describe('closed', () => {
  test('opens at the Nth failure in a row, not before', () => {
    const { breaker, record } = setUp();
    record(true, true);
    expect(breaker.state()).toBe('closed');
    record(true);
    expect(breaker.state()).toBe('open');
  });

  test('a success between failures starts the count again', () => {
    const { breaker, record } = setUp();
    record(true, true, false, true, true);
    expect(breaker.state()).toBe('closed');
  });

  test('opens when half of a full window failed, though never three in a row', () => {
    const { breaker, record } = setUp();
    record(true, false, true, false, true, false, false);
    expect(breaker.state()).toBe('closed');
    record(true);
    expect(breaker.state()).toBe('open');
  });

  test('old outcomes leave the window', () => {
    const { breaker, record } = setUp();
    record(true, true, false, false, false, false, false, false);
    record(false, false, true, false, true, true);
    expect(breaker.state()).toBe('closed');
  });
});

describe('open', () => {
  test('lets one probe through when the time is over, and only one', async () => {
    const { clock, breaker, record } = setUp();
    record(true, true, true);
    expect(breaker.msUntilProbe()).toBe(100);
    await clock.advance(99);
    expect(breaker.beginProbe()).toBe(false);
    await clock.advance(1);
    expect(breaker.beginProbe()).toBe(true);
    expect(breaker.state()).toBe('half-open');
    expect(breaker.beginProbe()).toBe(false);
  });

  test('outcomes of calls that began before change nothing', () => {
    const { breaker, record, states } = setUp();
    record(true, true, true, false, true, false);
    expect(states).toEqual(['open']);
    expect(breaker.state()).toBe('open');
  });
});

describe('half-open', () => {
  test('a good probe closes and forgets the failures', async () => {
    const { clock, breaker, record, states } = setUp();
    record(true, true, true);
    await clock.advance(100);
    breaker.beginProbe();
    breaker.settleProbe(false);
    expect(states).toEqual(['open', 'half-open', 'closed']);
    record(true, true);
    expect(breaker.state()).toBe('closed');
  });

  test('each bad probe doubles the time, up to the longest; a good one resets it', async () => {
    const { clock, breaker, record } = setUp();
    record(true, true, true);
    const waits: number[] = [];
    for (let round = 0; round < 4; round += 1) {
      waits.push(breaker.msUntilProbe());
      await clock.advance(breaker.msUntilProbe());
      breaker.beginProbe();
      breaker.settleProbe(true);
    }
    expect(waits).toEqual([100, 200, 350, 350]);
    await clock.advance(350);
    breaker.beginProbe();
    breaker.settleProbe(false);
    record(true, true, true);
    expect(breaker.msUntilProbe()).toBe(100);
  });
});

test('the default breaker opens after five failures in a row', () => {
  const breaker = createCircuitBreaker(createManualClock(), defaultTuning, () => undefined);
  for (let call = 0; call < 4; call += 1) breaker.record(true);
  expect(breaker.state()).toBe('closed');
  breaker.record(true);
  expect(breaker.state()).toBe('open');
});
