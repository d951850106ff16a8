import type { ChildExitReason } from './child-pool.ts';

/** Decides when a child comes back after an exit, and when to stop hoping that it will. */
export interface RestartPolicy {
  /** @returns the delay in ms before the next start. */
  readonly delayAfterExitMs: (reason: ChildExitReason, wasReady: boolean) => number;
  readonly noteReady: () => void;
  readonly noteSuccess: () => void;
  /** Starts in a row, the latest included, that did not come as far as the hello. */
  readonly failedStarts: () => number;
  /** True after several of them. */
  readonly isHopeless: () => boolean;
}

/** Failed starts in a row after which waiting tasks are told. Restarts go on, with back-off. */
const hopelessStarts = 3;

/** The parent ended the child for one task's sake: no sign that the next child will fail, so no back-off. */
const isDeliberate = (reason: ChildExitReason): boolean =>
  reason === 'timeout' || reason === 'memory' || reason === 'cancelled';

/** Exponential back-off over exits without a success between: 0, base, 2·base, 4·base … up to max. */
export function createRestartPolicy(bounds: {
  readonly baseMs: number;
  readonly maxMs: number;
}): RestartPolicy {
  let failures = 0;
  let failedStarts = 0;
  return {
    delayAfterExitMs: (reason, wasReady) => {
      if (wasReady && isDeliberate(reason)) return 0;
      failures += 1;
      if (!wasReady) failedStarts += 1;
      return failures === 1 ? 0 : Math.min(bounds.maxMs, bounds.baseMs * 2 ** (failures - 2));
    },
    noteReady: () => {
      failedStarts = 0;
    },
    noteSuccess: () => {
      failures = 0;
    },
    failedStarts: () => failedStarts,
    isHopeless: () => failedStarts >= hopelessStarts,
  };
}
