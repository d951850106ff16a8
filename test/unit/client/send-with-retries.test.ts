import { describe, expect, it } from 'vitest';
import { abortListeners } from '#test/support/listener-count.ts';
import type { Exchange, Transport } from '#src/client/exchange.ts';
import { defaultRetryPolicy, toRetryPolicy, type RetryPolicy } from '#src/client/retry-policy.ts';
import { sendWithRetries, systemRetryClock } from '#src/client/send-with-retries.ts';
import { TesseraConnectionError } from '#src/client/tessera-connection-error.ts';
import { TesseraProblem } from '#src/client/tessera-problem.ts';

const exchange: Exchange = { method: 'GET', url: 'http://127.0.0.1/', headers: {} };
const upload = (isReplayable: boolean): Exchange => ({
  ...exchange,
  method: 'POST',
  body: { contentType: 'text/plain', byteLength: 1, isReplayable, open: () => new Blob(['x']) },
});
/** Makes a reply for each try: a body is read once. */
const answer =
  (status: number, headers: Record<string, string> = {}) =>
  (): Response =>
    new Response('', { status, headers });
const refused = (): TesseraConnectionError => {
  const failed = new TypeError('fetch failed', {
    cause: Object.assign(new Error(), { code: 'ECONNREFUSED' }),
  });
  return new TesseraConnectionError('unreachable', 'no answer', failed);
};

/** Plays a list of outcomes, the last one for ever, on a clock that moves when somebody waits. */
function play(outcomes: readonly ((() => Response) | Error)[], random = 0) {
  const waits: number[] = [];
  let calls = 0;
  let nowMs = 1_000_000;
  const transport: Transport = () => {
    const outcome = outcomes[Math.min(calls++, outcomes.length - 1)]!;
    return outcome instanceof Error ? Promise.reject(outcome) : Promise.resolve(outcome());
  };
  const clock = {
    nowMs: () => nowMs,
    random: () => random,
    wait: (delayMs: number) => {
      waits.push(delayMs);
      nowMs += delayMs;
      return Promise.resolve();
    },
  };
  const run = async (policy: Partial<RetryPolicy> | false = {}, sent: Exchange = exchange) =>
    sendWithRetries(transport, sent, toRetryPolicy(policy), clock).catch((thrown: unknown) => thrown);
  return { run, waits, calls: () => calls };
}

describe('what is tried again', () => {
  it.each([[429], [503]])('status %d is, until it works', async (status) => {
    const game = play([answer(status), answer(status), answer(200)]);
    expect(await game.run()).toMatchObject({ status: 200 });
    expect(game.calls()).toBe(3);
  });

  it('a refused connection is', async () => {
    const game = play([refused(), answer(200)]);
    expect(await game.run({}, upload(true))).toMatchObject({ status: 200 });
    expect(game.calls()).toBe(2);
  });

  it.each([[400], [404], [413], [422], [499], [500], [502], [504], [302]])(
    'status %d is not',
    async (status) => {
      const game = play([answer(status), answer(200)]);
      expect(await game.run()).toMatchObject({ name: 'TesseraProblem', status, code: 'unexpected-reply' });
      expect(game.calls()).toBe(1);
    },
  );

  it('a connection that was cut is not: the work may have been done', async () => {
    const reset = new TypeError('fetch failed', {
      cause: Object.assign(new Error(), { code: 'ECONNRESET' }),
    });
    const game = play([new TesseraConnectionError('unreachable', 'no answer', reset), answer(200)]);
    expect(await game.run()).toBeInstanceOf(TesseraConnectionError);
    expect(game.calls()).toBe(1);
  });

  it('a body that can be read once is not, whatever the answer', async () => {
    const game = play([answer(503, { 'retry-after': '0' }), answer(200)]);
    expect(await game.run({}, upload(false))).toBeInstanceOf(TesseraProblem);
    expect(game.calls()).toBe(1);
  });

  it('nothing is, with retry: false', async () => {
    const game = play([answer(503), answer(200)]);
    expect(await game.run(false)).toMatchObject({ status: 503 });
    expect(game.calls()).toBe(1);
  });
});

describe('how long it waits', () => {
  it('doubles, from half of the bound up to below the bound', async () => {
    const policy = { maxAttempts: 5, baseDelayMs: 100, maxDelayMs: 300 };
    const least = play([answer(503)], 0);
    await least.run(policy);
    expect(least.waits).toEqual([50, 100, 150, 150]);
    const most = play([answer(503)], 1);
    await most.run(policy);
    expect(most.waits).toEqual([100, 200, 300, 300]);
  });

  it('at least what Retry-After asks, more than its own longest wait if need be, and jitter on top', async () => {
    const game = play([answer(429, { 'retry-after': '20' }), answer(200)], 0.5);
    await game.run({ baseDelayMs: 100, maxDelayMs: 300 });
    expect(game.waits).toEqual([20_050]);
  });

  it('not at all when the wait would end after the total time: the caller gets the answer now', async () => {
    const game = play([answer(503, { 'retry-after': '61' })]);
    expect(await game.run()).toMatchObject({ status: 503, retryAfterMs: 61_000 });
    expect([game.calls(), game.waits]).toEqual([1, []]);
  });

  it('not after the last try, and never more tries than allowed', async () => {
    const game = play([answer(503)]);
    await game.run({ maxAttempts: 3 });
    expect([game.calls(), game.waits.length]).toEqual([3, 2]);
  });

  it('not beyond the total of all waits', async () => {
    const game = play([answer(503, { 'retry-after': '4' })]);
    await game.run({ maxAttempts: 100, maxTotalMs: 10_000 });
    expect(game.waits).toEqual([4_000, 4_000]);
  });
});

describe('a signal', () => {
  it('ends a wait at once, with its reason, and leaves no listener and no timer', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const waiting = systemRetryClock.wait(60_000, controller.signal);
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    await expect(systemRetryClock.wait(60_000, controller.signal)).rejects.toBe(reason);
  });

  it('that has come already lets nothing be sent', async () => {
    const game = play([answer(200)]);
    const reason = new Error('enough');
    expect(await game.run({}, { ...exchange, signal: AbortSignal.abort(reason) })).toBe(reason);
    expect(game.calls()).toBe(0);
  });
});

describe('a policy', () => {
  it.each([
    [{ maxAttempts: 0 }, 'retry.maxAttempts'],
    [{ maxAttempts: 1.5 }, 'retry.maxAttempts'],
    [{ maxTotalMs: -1 }, 'retry.maxTotalMs'],
    [{ baseDelayMs: Number.NaN }, 'retry.baseDelayMs'],
  ])('%j is refused by name', (given, name) => {
    expect(() => toRetryPolicy(given)).toThrow(name);
  });

  it('keeps the defaults of what is not given', () => {
    expect(toRetryPolicy({ maxAttempts: 2 })).toEqual({ ...defaultRetryPolicy, maxAttempts: 2 });
  });
});

it('a wait that ends leaves no listener on the signal', async () => {
  const { signal } = new AbortController();
  await systemRetryClock.wait(1, signal);
  expect(abortListeners(signal)).toBe(0);
});
