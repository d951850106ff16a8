import { createFairQueue } from '#src/domain/fair-queue.ts';
import type { ChildSlot } from './child-slot.ts';
import { ChildTaskError } from './child-task-error.ts';
import type { ChildTask } from './child-task.ts';
import type { SupervisedChild } from './supervised-child.ts';

/** Waiting tasks, callers in turn, and the rule by which they reach children. */
export interface TaskQueue {
  readonly push: (task: ChildTask) => void;
  /** @returns false when the task is not waiting (any more). */
  readonly remove: (task: ChildTask) => boolean;
  readonly size: () => number;
  readonly failAll: (error: ChildTaskError) => void;
  /** Whether a task could go to a child at once. */
  readonly hasFreeChild: () => boolean;
  /** Hands tasks to free children and starts children that are wanted. */
  readonly pump: () => void;
}

/** The least loaded child that can take one more task. */
function freeChild(slots: readonly ChildSlot[], concurrency: number): SupervisedChild | undefined {
  return slots
    .map((slot) => slot.ready())
    .filter((child) => child !== undefined)
    .filter((child) => child.load() < concurrency)
    .sort((a, b) => a.load() - b.load())[0];
}

/** Starts as many children as the waiting tasks need, beyond those already on their way. */
function startForQueue(slots: readonly ChildSlot[], queued: number, concurrency: number): void {
  const starting = slots.filter((slot) => slot.stats().state === 'starting').length;
  slots
    .filter((slot) => slot.stats().state === 'stopped')
    .slice(0, Math.max(0, Math.ceil(queued / concurrency) - starting))
    .forEach((slot) => slot.start());
}

/** @param slots read at each pump, so the array may be filled after this call. */
export function createTaskQueue(slots: readonly ChildSlot[], concurrency: number): TaskQueue {
  const queue = createFairQueue<ChildTask>();
  const failAll = (error: ChildTaskError): void => {
    for (let task = queue.take(); task !== undefined; task = queue.take()) task.reject(error);
  };
  return {
    push: (task) => queue.push(task.callerId, task),
    remove: (task) => queue.remove(task.callerId, task),
    size: () => queue.size,
    failAll,
    hasFreeChild: () => freeChild(slots, concurrency) !== undefined,
    pump: () => {
      while (queue.size > 0) {
        const child = freeChild(slots, concurrency);
        if (child === undefined) break;
        child.dispatch(queue.take()!);
      }
      if (queue.size === 0) return;
      startForQueue(slots, queue.size, concurrency);
      // Waiting on would only hide that no child can start.
      if (slots.every((slot) => slot.isHopeless())) {
        failAll(new ChildTaskError('cannot-start', 'no child process can be started'));
      }
    },
  };
}
