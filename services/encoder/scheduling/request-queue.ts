import type { BatchingPolicy } from '../repository/model-definition.ts';

/** What the queue must know of a waiting request. */
export interface Waiting {
  readonly rows: number;
  /** Requests with different groups never share a batch: other outputs or other shapes. */
  readonly group: string;
  /** Monotonic ms. */
  readonly enqueuedAtMs: number;
  /** Monotonic ms after which it may no longer be started. */
  readonly expiresAtMs: number;
}

/** Requests of one model version that wait for a worker, oldest first. Pure: time is an argument. */
export interface RequestQueue<T extends Waiting> {
  /** @returns false when the queue is full. */
  readonly push: (request: T) => boolean;
  /** @returns false when the request is not waiting (any more). */
  readonly remove: (request: T) => boolean;
  /** Takes out what may no longer be started. */
  readonly takeExpired: (nowMs: number) => readonly T[];
  readonly takeAll: () => readonly T[];
  /** Takes out the next batch. @param workers processes that share the work. @returns undefined when none is due. */
  readonly takeBatch: (nowMs: number, workers: number) => readonly T[] | undefined;
  readonly oldest: () => T | undefined;
  /** The next time after now when `takeBatch` or `takeExpired` may give more without a new request; Infinity when never. */
  readonly nextDueMs: (nowMs: number) => number;
  readonly size: () => number;
}

const rowsOf = (requests: readonly Waiting[]): number => requests.reduce((sum, { rows }) => sum + rows, 0);

/**
 * Rows to aim at. Preferred sizes are taken at their word. Without them an even share for each worker: batches are no
 * faster here than single images, so rows waiting behind one worker while another idles would only lose time.
 */
function rowsToTake(
  available: number,
  maxRows: number,
  preferredRows: readonly number[],
  workers: number,
): number {
  const preferred = preferredRows.filter((size) => size <= Math.min(available, maxRows)).at(-1);
  return preferred ?? Math.min(maxRows, Math.max(1, Math.ceil(available / Math.max(1, workers))));
}

/** The first request, and after it those that still fit. */
function fill<T extends Waiting>(group: readonly T[], limit: number): readonly T[] {
  const batch: T[] = [];
  let rows = 0;
  for (const request of group) {
    if (batch.length > 0 && rows + request.rows > limit) continue;
    batch.push(request);
    rows += request.rows;
  }
  return batch;
}

export function createRequestQueue<T extends Waiting>(
  policy: BatchingPolicy,
  maxBatchSize: number,
  defaultMaxQueue: number,
): RequestQueue<T> {
  const maxSize = policy.maxQueueSize > 0 ? policy.maxQueueSize : defaultMaxQueue;
  let waiting: T[] = [];

  const takeOut = (taken: readonly T[]): readonly T[] => {
    const gone = new Set(taken);
    waiting = waiting.filter((request) => !gone.has(request));
    return taken;
  };

  return {
    push: (request) => {
      if (waiting.length >= maxSize) return false;
      waiting.push(request);
      return true;
    },
    remove: (request) => {
      const index = waiting.indexOf(request);
      if (index >= 0) waiting.splice(index, 1);
      return index >= 0;
    },
    takeExpired: (nowMs) => takeOut(waiting.filter((request) => request.expiresAtMs <= nowMs)),
    takeAll: () => takeOut(waiting),
    takeBatch: (nowMs, workers) => {
      const head = waiting[0];
      if (head === undefined) return undefined;
      if (!policy.isDynamic) return takeOut([head]);
      const group = waiting.filter((request) => request.group === head.group);
      const available = rowsOf(group);
      const enough = policy.preferredRows[0] ?? maxBatchSize;
      const mayWait = nowMs - head.enqueuedAtMs < policy.maxDelayMs;
      if (mayWait && available < Math.min(enough, maxBatchSize)) return undefined;
      return takeOut(fill(group, rowsToTake(available, maxBatchSize, policy.preferredRows, workers)));
    },
    oldest: () => waiting[0],
    nextDueMs: (nowMs) =>
      waiting
        .flatMap(({ enqueuedAtMs, expiresAtMs }) => [enqueuedAtMs + policy.maxDelayMs, expiresAtMs])
        .reduce((least, dueMs) => (dueMs > nowMs ? Math.min(least, dueMs) : least), Infinity),
    size: () => waiting.length,
  };
}
