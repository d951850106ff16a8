/** Pieces of work side by side, bounded in number and in the bytes they hold. */
export interface WorkWindow {
  /** Begins work that never rejects; it counts until it settles. */
  start(bytes: number, work: () => Promise<void>): void;
  /** Resolves when another piece may begin. */
  room(): Promise<void>;
  /** Resolves when one of the pieces has ended; at once when there is none. */
  readonly next: () => Promise<void>;
  /** Resolves when none is left. */
  idle(): Promise<void>;
  readonly count: () => number;
}

/** A piece larger than `maxBytes` is let in when it is alone. */
export function createWorkWindow(maxCount: number, maxBytes: number): WorkWindow {
  let count = 0;
  let bytesHeld = 0;
  let ended = Promise.withResolvers<undefined>();
  const next = async (): Promise<void> => {
    if (count > 0) await ended.promise;
  };
  return {
    count: () => count,
    start(bytes, work) {
      count += 1;
      bytesHeld += bytes;
      void work().finally(() => {
        count -= 1;
        bytesHeld -= bytes;
        const { resolve } = ended;
        ended = Promise.withResolvers<undefined>();
        resolve(undefined);
      });
    },
    async room() {
      while (count > 0 && (count >= maxCount || bytesHeld >= maxBytes)) await next();
    },
    next,
    async idle() {
      while (count > 0) await next();
    },
  };
}
