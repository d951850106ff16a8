import type { Clock } from '#src/ports/clock.ts';

/** Lets every promise continuation that is due run; not a wait for time. */
export function settleTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

export interface ManualClock extends Clock {
  /** Moves time on, firing the timers on the way in order of their time, each followed by a turn of the event loop. */
  advance(ms: number): Promise<void>;
  /** Timers that are armed now: a leak shows here. */
  readonly pendingTimers: number;
}

/** Time that stands still until a test moves it. @param startMs what `now()` says first, ms since the epoch. */
export function createManualClock(startMs = 1_000_000): ManualClock {
  let elapsedMs = 0;
  let serial = 0;
  const timers = new Map<number, { dueMs: number; callback: () => void }>();

  const nextDue = (untilMs: number): number | undefined => {
    let best: number | undefined;
    for (const [id, timer] of timers) {
      if (timer.dueMs <= untilMs && (best === undefined || timer.dueMs < timers.get(best)!.dueMs)) best = id;
    }
    return best;
  };

  return {
    now: () => startMs + elapsedMs,
    monotonicMs: () => elapsedMs,
    after(delayMs, callback) {
      serial += 1;
      const id = serial;
      timers.set(id, { dueMs: elapsedMs + Math.max(0, delayMs), callback });
      return () => timers.delete(id);
    },
    get pendingTimers() {
      return timers.size;
    },
    async advance(ms) {
      const untilMs = elapsedMs + ms;
      await settleTurn();
      for (let id = nextDue(untilMs); id !== undefined; id = nextDue(untilMs)) {
        const timer = timers.get(id)!;
        timers.delete(id);
        elapsedMs = timer.dueMs;
        timer.callback();
        await settleTurn();
      }
      elapsedMs = untilMs;
    },
  };
}
