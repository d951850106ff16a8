import type { Exchange, Transport } from './exchange.ts';
import { readProblem } from './read-problem.ts';
import { delayMsAfter, isRetryable, type RetryPolicy } from './retry-policy.ts';

/** Time and chance, so that tests need not wait. */
export interface RetryClock {
  readonly nowMs: () => number;
  /** Rejects with the signal's reason when that comes first. */
  readonly wait: (delayMs: number, signal: AbortSignal | undefined) => Promise<void>;
  /** From 0 to below 1. */
  readonly random: () => number;
}

export const systemRetryClock: RetryClock = {
  nowMs: () => Date.now(),
  random: () => Math.random(),
  wait: (delayMs, signal) =>
    new Promise((resolve, reject) => {
      const onAbort = (): void => {
        clearTimeout(timer);
        reject(signal!.reason as Error);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      }, delayMs);
      if (signal?.aborted === true) onAbort();
      else signal?.addEventListener('abort', onAbort, { once: true });
    }),
};

async function sendOnce(transport: Transport, exchange: Exchange, clock: RetryClock): Promise<Response> {
  try {
    const response = await transport(exchange);
    if (response.ok) return response;
    throw await readProblem(response, clock.nowMs());
  } catch (thrown) {
    // Refused before all of it was sent: the rest need not be.
    exchange.body?.release?.();
    throw thrown;
  }
}

/**
 * Sends a request until it has a 2xx reply, as often and as long as the policy allows and only where a repetition is safe and may help.
 * Rejects with TesseraProblem, TesseraConnectionError or the signal's reason: that of the last try, at once when no wait would fit.
 */
export async function sendWithRetries(
  transport: Transport,
  exchange: Exchange,
  policy: RetryPolicy,
  clock: RetryClock = systemRetryClock,
): Promise<Response> {
  const startedMs = clock.nowMs();
  const canRepeat = exchange.body?.isReplayable !== false;
  for (let attempt = 1; ; attempt += 1) {
    exchange.signal?.throwIfAborted();
    try {
      return await sendOnce(transport, exchange, clock);
    } catch (thrown) {
      if (!canRepeat || attempt >= policy.maxAttempts || !isRetryable(thrown)) throw thrown;
      const delayMs = delayMsAfter(thrown, attempt, policy, clock.random());
      if (clock.nowMs() - startedMs + delayMs > policy.maxTotalMs) throw thrown;
      await clock.wait(delayMs, exchange.signal);
    }
  }
}
