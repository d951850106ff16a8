import type { Clock } from '#src/ports/clock.ts';
import type { ChildPoolOptions, ChildStats } from './child-pool.ts';
import { ChildTaskError } from './child-task-error.ts';
import type { ChildTask } from './child-task.ts';
import { createRestartingChild } from './restarting-child.ts';
import type { SupervisedChild } from './supervised-child.ts';
import { createWaiters } from './waiters.ts';

/** One place of the pool, as the pool sees it. */
export interface ChildSlot {
  /** The child, while it can take tasks. */
  readonly ready: () => SupervisedChild | undefined;
  /** Tasks inside the child. */
  readonly load: () => number;
  readonly holds: (task: ChildTask) => boolean;
  /** Ends the child because its task's caller is gone. */
  readonly cancel: (task: ChildTask) => void;
  readonly isHopeless: () => boolean;
  /** Starts a child unless there is one, or one is due after its back-off. */
  readonly start: () => void;
  /** Keeps a child here from now on; resolves at its hello, rejects with `cannot-start` when hopeless, or `closed`. */
  readonly startEagerly: () => Promise<void>;
  /** Ends the child; resolves when it is gone. */
  readonly close: () => Promise<void>;
  readonly stats: () => ChildStats;
}

/** @param onChange called when a child is ready, has answered or is gone, and when a start is due again. */
export function createChildSlot(
  options: ChildPoolOptions,
  index: number,
  clock: Clock,
  onChange: () => void,
): ChildSlot {
  const starting = createWaiters();
  const exiting = createWaiters();
  let isEager = false;
  let isClosed = false;

  const child = createRestartingChild(options, index, clock, {
    onReady: () => {
      starting.settle();
      onChange();
    },
    onAnswer: onChange,
    onExit: () => {
      exiting.settle();
      if (child.isHopeless()) {
        starting.settle(new ChildTaskError('cannot-start', 'the child process cannot be started'));
      }
      onChange();
    },
    onStartDue: () => {
      if (isEager) child.start();
      onChange();
    },
  });
  const ready = (): SupervisedChild | undefined => {
    const current = child.current();
    return current?.isReady() === true ? current : undefined;
  };

  return {
    ready,
    load: () => child.current()?.load() ?? 0,
    holds: (task) => child.current()?.holds(task) ?? false,
    cancel: (task) => child.current()?.kill('cancelled', task),
    isHopeless: child.isHopeless,
    start: child.start,
    startEagerly: async () => {
      isEager = true;
      if (isClosed) throw new ChildTaskError('closed', 'the pool was closed');
      if (ready() !== undefined) return;
      child.start();
      await starting.wait();
    },
    close: async () => {
      isClosed = true;
      child.retire();
      starting.settle(new ChildTaskError('closed', 'the pool was closed'));
      const current = child.current();
      if (current === undefined) return;
      current.kill('closed');
      await exiting.wait();
    },
    stats: child.stats,
  };
}
