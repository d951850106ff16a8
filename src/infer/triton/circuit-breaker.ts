import type { Clock } from '#src/ports/clock.ts';
import type { TritonTuning } from './triton-options.ts';

export type BreakerState = 'closed' | 'open' | 'half-open';

/**
 * Keeps calls away from an endpoint whose connection fails. Closed: calls go through and their outcomes count. Open, after
 * N consecutive failures or too high a ratio of failures in the last calls: no calls. When the time is over one probe is
 * let through (half-open); its success closes, its failure opens again for twice as long.
 */
export interface CircuitBreaker {
  state(): BreakerState;
  /** The outcome of an ordinary call. Ignored unless closed: calls that began before say nothing about now. */
  record(isFailure: boolean): void;
  /** Milliseconds until a probe is due; 0 when closed or due now. */
  msUntilProbe(): number;
  /** Open and due → half-open, and true: the caller must probe and settle. */
  beginProbe(): boolean;
  /** The outcome of the probe. */
  settleProbe(isFailure: boolean): void;
}

type BreakerTuning = Pick<
  TritonTuning,
  | 'breakerConsecutiveFailures'
  | 'breakerFailureRatio'
  | 'breakerWindowCalls'
  | 'breakerOpenMs'
  | 'breakerOpenMaxMs'
>;

/** @param onChange called after each change of state. */
export function createCircuitBreaker(
  clock: Clock,
  tuning: BreakerTuning,
  onChange: (state: BreakerState) => void,
): CircuitBreaker {
  let state: BreakerState = 'closed';
  let consecutive = 0;
  let outcomes: readonly boolean[] = [];
  let openMs = tuning.breakerOpenMs;
  let dueMs = 0;

  const enter = (next: BreakerState): void => {
    state = next;
    onChange(next);
  };
  const open = (): void => {
    dueMs = clock.monotonicMs() + openMs;
    enter('open');
  };
  const close = (): void => {
    consecutive = 0;
    outcomes = [];
    openMs = tuning.breakerOpenMs;
    enter('closed');
  };
  const isTooBad = (): boolean => {
    if (consecutive >= tuning.breakerConsecutiveFailures) return true;
    // A ratio over a few calls says nothing, so it counts only over a full window.
    if (outcomes.length < tuning.breakerWindowCalls) return false;
    return outcomes.filter(Boolean).length / outcomes.length >= tuning.breakerFailureRatio;
  };

  return {
    state: () => state,
    record: (isFailure) => {
      if (state !== 'closed') return;
      consecutive = isFailure ? consecutive + 1 : 0;
      outcomes = [...outcomes, isFailure].slice(-tuning.breakerWindowCalls);
      if (isFailure && isTooBad()) open();
    },
    msUntilProbe: () => (state === 'open' ? Math.max(0, dueMs - clock.monotonicMs()) : 0),
    beginProbe: () => {
      if (state !== 'open' || clock.monotonicMs() < dueMs) return false;
      enter('half-open');
      return true;
    },
    settleProbe: (isFailure) => {
      if (state !== 'half-open') return;
      openMs = Math.min(openMs * 2, tuning.breakerOpenMaxMs);
      if (isFailure) open();
      else close();
    },
  };
}
