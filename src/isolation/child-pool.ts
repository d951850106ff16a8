import type { Clock } from '#src/ports/clock.ts';
import type { Frame, FrameHeader, FrameLimits, OutgoingPayload } from './frame.ts';

export interface ChildPoolOptions {
  /** A `.ts` (or `.js`) file that calls `serveChild`; a `file:` URL. */
  readonly entry: URL;
  /** Number of child processes. */
  readonly size: number;
  /** Name in events, for logs and metrics. */
  readonly name?: string;
  /** The child's whole environment. Default: empty, so that a child that reads hostile bytes inherits no secret. */
  readonly env?: Readonly<Record<string, string>>;
  readonly argv?: readonly string[];
  /** Node's own options for the child. */
  readonly execArgv?: readonly string[];
  /** Tasks that a child holds at once. Default 1. */
  readonly concurrencyPerChild?: number;
  /** Longest time of one task inside the child, queueing excluded; then the child is killed. Default: none. */
  readonly taskTimeoutMs?: number;
  /** Resident memory above which a child is killed. Default: none. */
  readonly maxRssBytes?: number;
  /** How often resident memory is read while a child works. Default 50 ms: a fast allocator overshoots by some 100 MB. */
  readonly rssPollMs?: number;
  /** Tasks that may wait for a child. Default 64. */
  readonly maxQueue?: number;
  /** What happens to a child whose task was cancelled while running. `ignore` (default): it goes on, its answer is dropped. */
  readonly onCancel?: 'kill' | 'ignore';
  /** Longest time from spawn to the child's hello. Default 30 s. */
  readonly startTimeoutMs?: number;
  /** Delay before restart n (from 0) without a success between: 0, base, 2·base … up to max. Default 100 ms and 5 s. */
  readonly restart?: { readonly baseMs: number; readonly maxMs: number };
  readonly limits?: FrameLimits;
  readonly clock?: Clock;
  readonly onEvent?: (event: ChildPoolEvent) => void;
}

/** Why a child process ended, as the parent knows it. */
export type ChildExitReason = 'crashed' | 'timeout' | 'memory' | 'cancelled' | 'closed';

export type ChildPoolEvent =
  | { readonly type: 'spawned'; readonly slot: number; readonly pid: number }
  | { readonly type: 'ready'; readonly slot: number; readonly pid: number; readonly startMs: number }
  | {
      readonly type: 'exited';
      readonly slot: number;
      readonly pid: number | undefined;
      readonly code: number | null;
      readonly signal: string | null;
      readonly reason: ChildExitReason;
    }
  | { readonly type: 'restarting'; readonly slot: number; readonly delayMs: number }
  | {
      readonly type: 'output';
      readonly slot: number;
      readonly pid: number;
      readonly stream: 'stdout' | 'stderr';
      readonly line: string;
    };

export interface RunOptions {
  /** Whose task it is. Waiting callers take turns, so one with many tasks does not make the others wait for all of them. */
  readonly callerId?: string;
  /** Cancels: a queued task is removed, a running one is given up at once (see `onCancel`). */
  readonly signal?: AbortSignal;
  /** Overrides `taskTimeoutMs` for this task. */
  readonly timeoutMs?: number;
}

export interface ChildStats {
  readonly slot: number;
  readonly pid: number | undefined;
  readonly state: 'idle' | 'busy' | 'starting' | 'waiting' | 'stopped';
  /** Last reading; undefined before the first or where it cannot be read. */
  readonly rssBytes: number | undefined;
  readonly restarts: number;
  /** Starts in a row, the latest included, after which the child ended without a hello: above 0, the place has no child that works. */
  readonly failedStarts: number;
  readonly tasksDone: number;
}

export interface ChildPoolStats {
  readonly queued: number;
  readonly running: number;
  readonly restarts: number;
  readonly children: readonly ChildStats[];
}

export interface ChildPool {
  /** Sends one task to a child and resolves with its answer. Rejects with ChildTaskError only. */
  run(header: FrameHeader, payloads: readonly OutgoingPayload[], options?: RunOptions): Promise<Frame>;
  stats(): ChildPoolStats;
  /** Starts `count` children (default: all) now and resolves when they have said hello; without it, children start when tasks need them. */
  start(count?: number): Promise<void>;
  /** Takes no more tasks and resolves when queued and running ones are done. The children stay until `close`. */
  drain(): Promise<void>;
  /** Fails what is queued or running with `closed` and resolves when every child has exited. */
  close(): Promise<void>;
}
