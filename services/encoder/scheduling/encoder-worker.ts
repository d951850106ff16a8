import type { ChildPool, ChildPoolEvent, ChildStats } from '#src/isolation/child-pool.ts';
import { createChildPool } from '#src/isolation/create-child-pool.ts';
import type { Frame, OutgoingPayload } from '#src/isolation/frame.ts';
import { workerFrameLimits } from '../worker/worker-frame-limits.ts';
import { orderHeader, type WorkerOrder } from '../worker/worker-protocol.ts';

type LoadOrder = Extract<WorkerOrder, { op: 'load' }>;
type InferOrder = Extract<WorkerOrder, { op: 'infer' }>;

/** One worker process, replaced when it dies: what it holds and whether it is free. Its methods reject with ChildTaskError. */
export interface EncoderWorker {
  readonly index: number;
  readonly start: () => void;
  readonly isUp: () => boolean;
  /** Up and without work. */
  readonly isFree: () => boolean;
  /** Keys of the models in the present process. */
  readonly loaded: () => readonly string[];
  /** Keys of the models that the present process has or could not load. */
  readonly tried: () => readonly string[];
  /** Whether the last thing it did was to load a model. */
  readonly hasJustLoaded: () => boolean;
  readonly load: (order: LoadOrder) => Promise<void>;
  readonly unload: (key: string) => Promise<void>;
  readonly infer: (order: InferOrder, payloads: readonly OutgoingPayload[]) => Promise<Frame>;
  readonly stats: () => ChildStats;
  readonly close: () => Promise<void>;
}

export interface EncoderWorkerOptions {
  readonly index: number;
  readonly executionTimeoutMs: number;
  /** The worker came up or finished something. */
  readonly onFree: (worker: EncoderWorker) => void;
  readonly onEvent: (event: ChildPoolEvent) => void;
}

/** A graph of a large model may take minutes to optimise on a slow machine. */
const loadTimeoutMs = 300_000;

function createWorkerPool(
  options: EncoderWorkerOptions,
  on: { readonly onReady: () => void; readonly onExit: () => void },
): ChildPool {
  return createChildPool({
    entry: new URL('../worker/main.ts', import.meta.url),
    size: 1,
    name: `encoder-worker-${options.index}`,
    taskTimeoutMs: options.executionTimeoutMs,
    limits: workerFrameLimits,
    onEvent: (event) => {
      options.onEvent(event);
      if (event.type === 'exited') on.onExit();
      if (event.type === 'ready') on.onReady();
    },
  });
}

export function createEncoderWorker(options: EncoderWorkerOptions): EncoderWorker {
  const loaded = new Set<string>();
  const tried = new Set<string>();
  let isUp = false;
  let isBusy = false;
  let hasJustLoaded = false;

  // One pool for each worker: which models a process holds decides what it may be given.
  const pool = createWorkerPool(options, {
    onReady: () => {
      isUp = true;
      options.onFree(worker);
    },
    onExit: () => {
      isUp = false;
      loaded.clear();
      tried.clear();
    },
  });

  const run = async (
    order: WorkerOrder,
    payloads: readonly OutgoingPayload[],
    timeoutMs: number,
  ): Promise<Frame> => {
    isBusy = true;
    hasJustLoaded = order.op === 'load';
    try {
      return await pool.run(orderHeader(order), payloads, { timeoutMs });
    } finally {
      isBusy = false;
      // After a batch the next one goes out before the answers of this one are encoded: the worker does not wait for that.
      // After a load, what the fleet notes of it decides what comes next.
      if (order.op === 'infer') options.onFree(worker);
      else setImmediate(() => options.onFree(worker));
    }
  };

  const load = async (order: LoadOrder): Promise<void> => {
    tried.add(order.key);
    await run(order, [], loadTimeoutMs);
    loaded.add(order.key);
  };

  const worker: EncoderWorker = {
    index: options.index,
    start: () => void pool.start().catch(() => undefined),
    isUp: () => isUp,
    isFree: () => isUp && !isBusy,
    loaded: () => [...loaded],
    tried: () => [...tried],
    hasJustLoaded: () => hasJustLoaded,
    load,
    unload: async (key) => {
      loaded.delete(key);
      // It can only fail with the process, and then the model is gone all the more.
      await run({ op: 'unload', key }, [], options.executionTimeoutMs).catch(() => undefined);
    },
    infer: (order, payloads) => run(order, payloads, options.executionTimeoutMs),
    stats: () => pool.stats().children[0]!,
    close: () => pool.close(),
  };
  return worker;
}
