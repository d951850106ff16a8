import type { TritonTuning } from './triton-options.ts';

/** How many retries a client may make: a token bucket that calls fill a little and each retry empties by one. */
export interface RetryBudget {
  /** A first attempt was made. */
  earn(): void;
  /** Takes a token; false: no retry. */
  spend(): boolean;
}

/** Shared by all calls of a client, so that an outage multiplies its load by at most 1 + ratio. Starts full. */
export function createRetryBudget(
  tuning: Pick<TritonTuning, 'retryBudgetTokens' | 'retryBudgetRatio'>,
): RetryBudget {
  const { retryBudgetTokens: capacity, retryBudgetRatio: ratio } = tuning;
  let tokens = capacity;
  return {
    earn: () => {
      tokens = Math.min(capacity, tokens + ratio);
    },
    spend: () => {
      if (tokens < 1) return false;
      tokens -= 1;
      return true;
    },
  };
}
