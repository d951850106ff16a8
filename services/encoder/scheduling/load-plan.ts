import type { ChildTaskError } from '#src/isolation/child-task-error.ts';
import type { WorkerOrder } from '../worker/worker-protocol.ts';

type LoadOrder = Extract<WorkerOrder, { op: 'load' }>;

interface Entry {
  readonly order: LoadOrder;
  readonly cost: number;
  readonly first: PromiseWithResolvers<undefined>;
  isLoaded: boolean;
  crashes: number;
}

/** Which models every worker is meant to hold. */
export interface LoadPlan {
  /** Resolves at the first `noteLoaded`; rejects when the model turns out to be broken, or is removed before. */
  readonly add: (order: LoadOrder, cost: number) => Promise<void>;
  readonly remove: (key: string) => void;
  readonly has: (key: string) => boolean;
  /** The cheapest model that a worker has not tried to load. */
  readonly next: (tried: readonly string[]) => LoadOrder | undefined;
  readonly noteLoaded: (key: string) => void;
  /** `failed` means that the model is no good. A worker that went down meanwhile may be chance, up to `maxCrashes`. */
  readonly noteFailure: (key: string, error: ChildTaskError) => void;
}

export function createLoadPlan(maxCrashes: number): LoadPlan {
  const entries = new Map<string, Entry>();

  const drop = (key: string, reason: Error): void => {
    entries.get(key)?.first.reject(reason);
    entries.delete(key);
  };

  return {
    add: async (order, cost) => {
      const first = Promise.withResolvers<undefined>();
      entries.set(order.key, { order, cost, first, isLoaded: false, crashes: 0 });
      await first.promise;
    },
    remove: (key) => drop(key, new Error('unloaded')),
    has: (key) => entries.has(key),
    next: (tried) =>
      [...entries.values()]
        .filter(({ order }) => !tried.includes(order.key))
        .sort((a, b) => a.cost - b.cost)[0]?.order,
    noteLoaded: (key) => {
      const entry = entries.get(key);
      if (entry === undefined) return;
      entry.isLoaded = true;
      entry.first.resolve(undefined);
    },
    noteFailure: (key, error) => {
      const entry = entries.get(key);
      // Once one worker has it, the model is sound and what fails is the worker.
      if (entry === undefined || entry.isLoaded) return;
      if (error.kind !== 'failed') entry.crashes += 1;
      if (error.kind === 'failed') drop(key, new Error(error.message));
      else if (entry.crashes >= maxCrashes) drop(key, new Error('loading the model ends the worker process'));
    },
  };
}
