import type { ChildSlot } from './child-slot.ts';
import { ChildTaskError } from './child-task-error.ts';
import type { ChildTask } from './child-task.ts';
import type { SupervisedChild } from './supervised-child.ts';

/** Waiting tasks, first come first served, and the rule by which they reach children. */
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
  const queue: ChildTask[] = [];
  const failAll = (error: ChildTaskError): void => queue.splice(0).forEach((task) => task.reject(error));
  return {
    push: (task) => void queue.push(task),
    remove: (task) => {
      const index = queue.indexOf(task);
      if (index >= 0) queue.splice(index, 1);
      return index >= 0;
    },
    size: () => queue.length,
    failAll,
    hasFreeChild: () => freeChild(slots, concurrency) !== undefined,
    pump: () => {
      while (queue.length > 0) {
        const child = freeChild(slots, concurrency);
        if (child === undefined) break;
        child.dispatch(queue.shift()!);
      }
      if (queue.length === 0) return;
      startForQueue(slots, queue.length, concurrency);
      // Waiting on would only hide that no child can start.
      if (slots.every((slot) => slot.isHopeless())) {
        failAll(new ChildTaskError('crashed', 'no child process can be started'));
      }
    },
  };
}
