/**
 * A queue in which callers take turns: each `take` gives the first item of the caller whose turn it is and
 * moves that caller to the back. A caller who comes anew joins at the back, so with c callers waiting an
 * item is taken after at most c takes of each place it has in its own line. Within a caller: first in, first out.
 */
export interface FairQueue<T extends object> {
  readonly size: number;
  push(callerId: string, item: T): void;
  /** Takes an item out of the line; false when it was not there (any more). */
  remove(callerId: string, item: T): boolean;
  take(): T | undefined;
}

export function createFairQueue<T extends object>(): FairQueue<T> {
  // Maps and sets keep insertion order: the first key is the caller whose turn it is.
  const lines = new Map<string, Set<T>>();
  let size = 0;

  const takeOut = (callerId: string, line: Set<T>, item: T): boolean => {
    if (!line.delete(item)) return false;
    size -= 1;
    if (line.size === 0) lines.delete(callerId);
    return true;
  };

  return {
    get size() {
      return size;
    },
    push(callerId, item) {
      const line = lines.get(callerId) ?? new Set<T>();
      line.add(item);
      lines.set(callerId, line);
      size += 1;
    },
    remove(callerId, item) {
      const line = lines.get(callerId);
      return line !== undefined && takeOut(callerId, line, item);
    },
    take() {
      const [turn] = lines;
      if (!turn) return undefined;
      const [callerId, line] = turn;
      const [item] = line;
      takeOut(callerId, line, item!);
      lines.delete(callerId);
      if (line.size > 0) lines.set(callerId, line);
      return item;
    },
  };
}
