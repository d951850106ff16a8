import type { ServedModel } from './served-model.ts';

/** Which models have requests that wait or run. */
export interface Activity {
  readonly models: () => readonly ServedModel[];
  /** A request was queued. */
  readonly note: (model: ServedModel) => void;
  /** A batch runs until the promise resolves. */
  readonly run: (model: ServedModel, batch: Promise<void>) => Promise<void>;
  /** Forgets models without work and tells those who wait for that. */
  readonly sweep: () => void;
  /** Resolves when the model has no work. */
  readonly idle: (model: ServedModel) => Promise<void>;
}

export function createActivity(): Activity {
  const active = new Map<string, { readonly model: ServedModel; running: number }>();
  let waiters: { readonly key: string; readonly resolve: () => void }[] = [];

  const entryOf = (model: ServedModel): { running: number } => {
    const entry = active.get(model.key) ?? { model, running: 0 };
    active.set(model.key, entry);
    return entry;
  };
  return {
    models: () => [...active.values()].map(({ model }) => model),
    note: (model) => void entryOf(model),
    run: async (model, batch) => {
      const entry = entryOf(model);
      entry.running += 1;
      await batch;
      entry.running -= 1;
    },
    sweep: () => {
      for (const [key, { model, running }] of active) {
        if (running === 0 && model.queue.size() === 0) active.delete(key);
      }
      const idle = waiters.filter(({ key }) => !active.has(key));
      waiters = waiters.filter(({ key }) => active.has(key));
      for (const { resolve } of idle) resolve();
    },
    idle: async (model) => {
      if (!active.has(model.key)) return;
      const { promise, resolve } = Promise.withResolvers<undefined>();
      waiters.push({ key: model.key, resolve: () => resolve(undefined) });
      await promise;
    },
  };
}
