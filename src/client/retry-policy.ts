import { TesseraConnectionError } from './tessera-connection-error.ts';
import { TesseraProblem } from './tessera-problem.ts';

/** How often and how long a call is tried. */
export interface RetryPolicy {
  /** Tries in all, the first included; 1: none again. */
  readonly maxAttempts: number;
  /** Upper bound of the first wait; it doubles with each try. */
  readonly baseDelayMs: number;
  /** Longest wait that is chosen here; a `Retry-After` may ask for more. */
  readonly maxDelayMs: number;
  /** No try starts later than this after the call began; a wait that would end later is not begun. */
  readonly maxTotalMs: number;
}

export const defaultRetryPolicy: RetryPolicy = {
  maxAttempts: 4,
  baseDelayMs: 250,
  maxDelayMs: 8_000,
  maxTotalMs: 60_000,
};

/** Completes and checks a policy. Throws RangeError that names the setting. */
export function toRetryPolicy(given: Partial<RetryPolicy> | false | undefined): RetryPolicy {
  if (given === false) return { ...defaultRetryPolicy, maxAttempts: 1 };
  const policy = { ...defaultRetryPolicy, ...given };
  for (const [name, value] of Object.entries(policy)) {
    if (!(value >= 0)) throw new RangeError(`retry.${name} must be a number from 0.`);
  }
  if (!Number.isInteger(policy.maxAttempts) || policy.maxAttempts < 1) {
    throw new RangeError('retry.maxAttempts must be a whole number from 1.');
  }
  return policy;
}

/** Node's fetch tells why it failed in `cause`; with several addresses tried, `code` is that of all. */
function wasRefused(error: TesseraConnectionError): boolean {
  const { cause } = error.cause instanceof Error ? error.cause : { cause: undefined };
  return typeof cause === 'object' && cause !== null && (cause as { code?: unknown }).code === 'ECONNREFUSED';
}

/**
 * May the same request succeed later, and is it sure that nothing was done for this one? 429 and 503 say so; so does a refused
 * connection where the platform tells it (Node; browsers and Workers do not). A 504 has cost its time and is the caller's to repeat.
 */
export function isRetryable(thrown: unknown): boolean {
  if (thrown instanceof TesseraProblem) return thrown.status === 429 || thrown.status === 503;
  return thrown instanceof TesseraConnectionError && thrown.kind === 'unreachable' && wasRefused(thrown);
}

/**
 * Wait before the next try. Exponential, with jitter over its upper half so that callers who failed together do not come back together.
 * A `Retry-After` is a lower bound: the jitter is added to it.
 * @param attempt tries made so far, from 1.
 * @param random from 0 to below 1.
 */
export function delayMsAfter(
  thrown: unknown,
  attempt: number,
  { baseDelayMs, maxDelayMs }: RetryPolicy,
  random: number,
): number {
  const asked = thrown instanceof TesseraProblem ? thrown.retryAfterMs : undefined;
  if (asked !== undefined) return asked + random * baseDelayMs;
  return Math.min(maxDelayMs, baseDelayMs * 2 ** (attempt - 1)) * (0.5 + random / 2);
}
