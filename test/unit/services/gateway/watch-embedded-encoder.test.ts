import { pino } from 'pino';
import { expect, test } from 'vitest';
import { watchEmbeddedEncoder } from '#services/gateway/watch-embedded-encoder.ts';
import type { CallContext } from '#src/domain/call-context.ts';
import { createManualClock } from '#test/support/manual-clock.ts';

/** An encoder that listens since the start and answers or not, as told; time is the test's. */
function watched() {
  const clock = createManualClock();
  const state = { answers: true, listeningForMs: () => clock.monotonicMs(), replaced: 0, asked: 0 };
  const serverLive = (_: object, { deadlineMs, signal }: CallContext): Promise<{ live: boolean }> => {
    state.asked += 1;
    if (state.answers) return Promise.resolve({ live: true });
    return new Promise((_resolve, reject) => {
      clock.after(deadlineMs - clock.now(), () => reject(new Error('deadline')));
      signal.addEventListener('abort', () => reject(new Error('closed')));
    });
  };
  const stop = watchEmbeddedEncoder({
    client: { serverLive: serverLive },
    embedded: { listeningForMs: () => state.listeningForMs(), replace: () => void (state.replaced += 1) },
    clock,
    log: pino({ level: 'silent' }),
  });
  return { clock, state, stop };
}

test('an encoder that answers is asked again and again and left alone', async () => {
  const { clock, state } = watched();
  await clock.advance(120_000);
  expect(state.asked).toBeGreaterThan(50);
  expect(state.replaced).toBe(0);
});

test('one that does not answer twice in a row is replaced, once', async () => {
  const { clock, state } = watched();
  await clock.advance(20_000);
  state.answers = false;
  await clock.advance(7_000);
  expect(state.replaced).toBe(0);
  await clock.advance(7_000);
  expect(state.replaced).toBe(1);
  await clock.advance(7_000);
  expect(state.replaced).toBe(1);
});

test('one late answer is forgiven', async () => {
  const { clock, state } = watched();
  await clock.advance(20_000);
  for (let round = 0; round < 5; round += 1) {
    state.answers = false;
    await clock.advance(7_000);
    state.answers = true;
    await clock.advance(2_000);
  }
  expect(state.replaced).toBe(0);
});

test.each([
  ['does not listen yet', () => 0],
  ['has only just begun to listen', () => 9_000],
])('one that %s is given time', async (_, listeningForMs) => {
  const { clock, state } = watched();
  state.listeningForMs = listeningForMs;
  state.answers = false;
  await clock.advance(60_000);
  expect(state.replaced).toBe(0);
});

test('the end of the watch leaves no timer and replaces nothing', async () => {
  const { clock, state, stop } = watched();
  state.answers = false;
  await clock.advance(13_000);
  stop();
  await clock.advance(60_000);
  expect(state.replaced).toBe(0);
  expect(clock.pendingTimers).toBe(0);
});
