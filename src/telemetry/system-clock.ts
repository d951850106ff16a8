import type { Clock } from '#src/ports/clock.ts';

/** Longest delay that Node's timers keep; a longer one would fire at once. */
const maxTimerDelayMs = 2 ** 31 - 1;

/** The machine's own time. Timers keep the process alive until they fire or are cancelled. */
export function createSystemClock(): Clock {
  return {
    now: () => Date.now(),
    monotonicMs: () => performance.now(),
    after(delayMs, callback) {
      let timer: NodeJS.Timeout;
      const arm = (leftMs: number): void => {
        const stepMs = Math.min(leftMs, maxTimerDelayMs);
        timer = setTimeout(() => (leftMs > stepMs ? arm(leftMs - stepMs) : callback()), stepMs);
      };
      arm(delayMs);
      return () => clearTimeout(timer);
    },
  };
}
