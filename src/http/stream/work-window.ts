/** Pieces of work side by side, bounded in number and in the bytes of the files that they are pieces of. */
export interface WorkWindow {
  /** Begins work that never rejects; it counts until it settles. */
  start(work: () => Promise<void>): void;
  /** Counts the bytes of a file until the function that it gives is called: all of them, however many pieces are left. */
  hold(bytes: number): () => void;
  /** Resolves when another piece of a file that is held may begin. */
  room(): Promise<void>;
  /** Resolves when another file may be held: when the ones before leave room, or when nothing is at work. */
  roomForFile(): Promise<void>;
  /** Resolves when one of the pieces has ended; at once when there is none. */
  readonly next: () => Promise<void>;
  /** Resolves when none is left. */
  idle(): Promise<void>;
  readonly count: () => number;
}

/** A file larger than `maxBytes` is let in when it is alone. */
export function createWorkWindow(maxCount: number, maxBytes: number): WorkWindow {
  let count = 0;
  let bytesHeld = 0;
  let ended = Promise.withResolvers<undefined>();
  const next = async (): Promise<void> => {
    if (count > 0) await ended.promise;
  };
  return {
    count: () => count,
    start(work) {
      count += 1;
      void work().finally(() => {
        count -= 1;
        const { resolve } = ended;
        ended = Promise.withResolvers<undefined>();
        resolve(undefined);
      });
    },
    hold(bytes) {
      bytesHeld += bytes;
      return () => {
        bytesHeld -= bytes;
        bytes = 0;
      };
    },
    async room() {
      while (count >= maxCount) await next();
    },
    async roomForFile() {
      while (count > 0 && bytesHeld >= maxBytes) await next();
    },
    next,
    async idle() {
      while (count > 0) await next();
    },
  };
}
