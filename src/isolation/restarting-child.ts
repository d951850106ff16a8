import type { Clock } from '#src/ports/clock.ts';
import type { ChildExitReason, ChildPoolOptions, ChildStats } from './child-pool.ts';
import { createRestartPolicy } from './restart-policy.ts';
import { createSupervisedChild, type SupervisedChild } from './supervised-child.ts';

/** A child process, or the back-off before the next one may start. */
export interface RestartingChild {
  readonly current: () => SupervisedChild | undefined;
  /** Starts a child unless there is one, or the back-off is not over. */
  readonly start: () => void;
  /** Starts no more children. */
  readonly retire: () => void;
  readonly isHopeless: () => boolean;
  readonly stats: () => ChildStats;
}

export interface RestartingChildEvents {
  readonly onReady: () => void;
  readonly onAnswer: () => void;
  readonly onExit: () => void;
  /** The back-off is over: `start` would start a child. */
  readonly onStartDue: () => void;
}

function stateOf(child: SupervisedChild | undefined, isWaiting: boolean): ChildStats['state'] {
  if (isWaiting) return 'waiting';
  if (child === undefined) return 'stopped';
  if (!child.isReady()) return 'starting';
  return child.load() === 0 ? 'idle' : 'busy';
}

export function createRestartingChild(
  options: ChildPoolOptions,
  slot: number,
  clock: Clock,
  events: RestartingChildEvents,
): RestartingChild {
  const policy = createRestartPolicy(options.restart ?? { baseMs: 100, maxMs: 5000 });
  let child: SupervisedChild | undefined;
  let stopWaiting: (() => void) | undefined;
  let isRetired = false;
  let starts = 0;
  let tasksDone = 0;

  const backOff = (delayMs: number): void => {
    options.onEvent?.({ type: 'restarting', slot, delayMs });
    stopWaiting = clock.after(delayMs, () => {
      stopWaiting = undefined;
      events.onStartDue();
    });
  };
  const childEvents = {
    onReady: () => {
      policy.noteReady();
      events.onReady();
    },
    onAnswer: (isSuccess: boolean) => {
      tasksDone += 1;
      if (isSuccess) policy.noteSuccess();
      events.onAnswer();
    },
    onExit: (reason: ChildExitReason, wasReady: boolean) => {
      child = undefined;
      if (!isRetired) backOff(policy.delayAfterExitMs(reason, wasReady));
      events.onExit();
    },
  };

  return {
    current: () => child,
    start: () => {
      if (child !== undefined || stopWaiting !== undefined || isRetired) return;
      starts += 1;
      child = createSupervisedChild(options, slot, clock, childEvents);
    },
    retire: () => {
      isRetired = true;
      stopWaiting?.();
      stopWaiting = undefined;
    },
    isHopeless: policy.isHopeless,
    stats: () => ({
      slot,
      pid: child?.pid,
      state: stateOf(child, stopWaiting !== undefined),
      rssBytes: child?.rssBytes(),
      restarts: Math.max(0, starts - 1),
      failedStarts: policy.failedStarts(),
      tasksDone,
    }),
  };
}
