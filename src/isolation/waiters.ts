/** Several callers that wait for the same thing. */
export interface Waiters {
  readonly wait: () => Promise<void>;
  /** Lets all who wait now go on: they resolve, or reject with `error`. */
  readonly settle: (error?: Error) => void;
}

export function createWaiters(): Waiters {
  let waiting: PromiseWithResolvers<undefined>[] = [];
  return {
    wait: async () => {
      const waiter = Promise.withResolvers<undefined>();
      waiting.push(waiter);
      await waiter.promise;
    },
    settle: (error) => {
      const settled = waiting;
      waiting = [];
      for (const { resolve, reject } of settled) {
        if (error === undefined) resolve(undefined);
        else reject(error);
      }
    },
  };
}
