import type { Clock } from '#src/ports/clock.ts';
import type { ChildTask } from './child-task.ts';

/** The tasks inside one child, by the number under which it answers, each with its time limit. */
export interface TasksInFlight {
  /** @returns the task's number. `onTimeout` is called when its time is over before it is taken out. */
  readonly add: (task: ChildTask, onTimeout: () => void) => number;
  readonly take: (id: number) => ChildTask | undefined;
  readonly takeAll: () => readonly ChildTask[];
  readonly holds: (task: ChildTask) => boolean;
  readonly size: () => number;
}

export function createTasksInFlight(clock: Clock): TasksInFlight {
  const entries = new Map<number, { readonly task: ChildTask; readonly stopTimer: () => void }>();
  let nextId = 1;
  const take = (id: number): ChildTask | undefined => {
    const entry = entries.get(id);
    entry?.stopTimer();
    entries.delete(id);
    return entry?.task;
  };
  return {
    add: (task, onTimeout) => {
      const id = nextId++;
      const stopTimer = task.timeoutMs === undefined ? () => {} : clock.after(task.timeoutMs, onTimeout);
      entries.set(id, { task, stopTimer });
      return id;
    },
    take,
    takeAll: () => [...entries.keys()].map((id) => take(id)!),
    holds: (task) => [...entries.values()].some((entry) => entry.task === task),
    size: () => entries.size,
  };
}
