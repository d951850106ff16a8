/** Those who wait for a model to become ready. */
export interface Readiness {
  /** Resolves when `isReady(modelName)` holds, now or after a later `check`. */
  wait(modelName: string): Promise<void>;
  /** Something has changed. */
  check(): void;
}

/** @param isReady asked at each `check` for each model that somebody waits for. */
export function createReadiness(isReady: (modelName: string) => boolean): Readiness {
  const waiting = new Set<{ readonly modelName: string; readonly resolve: () => void }>();
  return {
    wait: async (modelName) => {
      if (isReady(modelName)) return;
      await new Promise<void>((resolve) => waiting.add({ modelName, resolve }));
    },
    check: () => {
      for (const waiter of waiting) {
        if (!isReady(waiter.modelName)) continue;
        waiting.delete(waiter);
        waiter.resolve();
      }
    },
  };
}
