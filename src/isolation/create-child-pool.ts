import type { ChildPool, ChildPoolOptions, ChildPoolStats } from './child-pool.ts';
import { createChildSlot, type ChildSlot } from './child-slot.ts';
import { ChildTaskError } from './child-task-error.ts';
import { createChildTask, type ChildTask } from './child-task.ts';
import { createSystemClock } from '#src/telemetry/system-clock.ts';
import { createTaskQueue } from './task-queue.ts';
import { createWaiters } from './waiters.ts';

function poolStats(slots: readonly ChildSlot[], queued: number): ChildPoolStats {
  const children = slots.map((slot) => slot.stats());
  return {
    queued,
    running: slots.reduce((sum, slot) => sum + slot.load(), 0),
    restarts: children.reduce((sum, child) => sum + child.restarts, 0),
    children,
  };
}

const cancelled = (signal: AbortSignal): ChildTaskError =>
  new ChildTaskError('cancelled', 'the task was cancelled', { cause: signal.reason });

/**
 * A supervised pool of child processes. A child that crashes, hangs or grows fails only its own tasks and is replaced;
 * the parent needs nothing from it for that, so a child stuck in native code is no exception.
 * Children start when tasks need them, or at `start()`. They exit by themselves when the parent dies.
 */
export function createChildPool(options: ChildPoolOptions): ChildPool {
  const maxQueue = options.maxQueue ?? 64;
  const slots: ChildSlot[] = [];
  const queue = createTaskQueue(slots, options.concurrencyPerChild ?? 1);
  const draining = createWaiters();
  let state: 'open' | 'draining' | 'closed' = 'open';

  const onChange = (): void => {
    queue.pump();
    if (queue.size() === 0 && slots.every((slot) => slot.load() === 0)) draining.settle();
  };
  for (let index = 0; index < options.size; index += 1) {
    slots.push(createChildSlot(options, index, options.clock ?? createSystemClock(), onChange));
  }

  const withdraw = (task: ChildTask): void => {
    if (!queue.remove(task) && options.onCancel === 'kill') {
      slots.find((slot) => slot.holds(task))?.cancel(task);
    }
    onChange();
  };

  return {
    run: async (header, payloads, { callerId = '', signal, timeoutMs = options.taskTimeoutMs } = {}) => {
      if (state !== 'open') throw new ChildTaskError('closed', 'the pool takes no more tasks');
      if (signal?.aborted === true) throw cancelled(signal);
      if (queue.size() >= maxQueue && !queue.hasFreeChild()) {
        throw new ChildTaskError('queue-full', `${maxQueue} tasks are waiting`);
      }
      const { task, done } = createChildTask(header, payloads, { callerId, timeoutMs, signal }, withdraw);
      queue.push(task);
      onChange();
      return done;
    },
    stats: () => poolStats(slots, queue.size()),
    start: async (count = slots.length) => {
      await Promise.all(slots.slice(0, count).map((slot) => slot.startEagerly()));
    },
    drain: async () => {
      if (state === 'open') state = 'draining';
      const isDrained = draining.wait();
      onChange();
      await isDrained;
    },
    close: async () => {
      state = 'closed';
      queue.failAll(new ChildTaskError('closed', 'the pool was closed'));
      await Promise.all(slots.map((slot) => slot.close()));
      onChange();
    },
  };
}
