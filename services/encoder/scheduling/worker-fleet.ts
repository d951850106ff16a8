import type { ChildPoolEvent } from '#src/isolation/child-pool.ts';
import { ChildTaskError } from '#src/isolation/child-task-error.ts';
import type { Logger } from '#src/telemetry/logger.ts';
import type { WorkerOrder } from '../worker/worker-protocol.ts';
import { createEncoderWorker, type EncoderWorker } from './encoder-worker.ts';
import { createLoadPlan } from './load-plan.ts';

type LoadOrder = Extract<WorkerOrder, { op: 'load' }>;

/** Gives a free worker a batch of a model that it holds; false when none is due. */
export type Dispatch = (worker: EncoderWorker) => boolean;

/** Every worker process of the encoder, and which models are meant to be in them. */
export interface WorkerFleet {
  /** Starts the first worker; the others follow when it has its first model, so that they do not take the processor from it. */
  readonly start: () => void;
  /** Says where batches come from. Apart from the creation, since processes are started before the rest is even imported. */
  readonly feedFrom: (dispatch: Dispatch) => void;
  /** Puts a model into every worker. Resolves when one has it; rejects with the reason when it cannot be loaded. */
  readonly load: (order: LoadOrder, cost: number) => Promise<void>;
  /** Takes a model out of every worker. */
  readonly unload: (key: string) => void;
  /** Gives free workers something to do; to be called when there may be something. */
  readonly kick: () => void;
  readonly workers: () => readonly EncoderWorker[];
  /** Processes that are up. */
  readonly liveCount: () => number;
  readonly close: () => Promise<void>;
}

export interface WorkerFleetOptions {
  readonly size: number;
  readonly executionTimeoutMs: number;
  readonly log: Logger;
}

/** How often a model may take a worker down while loading before it is held to be broken. */
const maxLoadCrashes = 2;

function logEvent(log: Logger, worker: number, event: ChildPoolEvent): void {
  if (event.type === 'output') log.info({ worker, pid: event.pid, line: event.line }, 'worker output');
  else if (event.type === 'exited') {
    const { pid, code, signal, reason } = event;
    log[reason === 'closed' ? 'debug' : 'warn']({ worker, pid, code, signal, reason }, 'worker exited');
  } else log.debug({ worker, ...event }, 'worker event');
}

export function createWorkerFleet(options: WorkerFleetOptions): WorkerFleet {
  const plan = createLoadPlan(maxLoadCrashes);
  let isClosing = false;
  let dispatch: Dispatch = () => false;

  const startOthers = (): void => {
    if (!isClosing) for (const worker of workers) worker.start();
  };

  const load = async (worker: EncoderWorker, order: LoadOrder): Promise<void> => {
    try {
      await worker.load(order);
      plan.noteLoaded(order.key);
    } catch (error) {
      if (!(error instanceof ChildTaskError)) throw error;
      if (isClosing) return;
      plan.noteFailure(order.key, error);
      options.log.warn({ key: order.key, reason: error.message }, 'a model could not be loaded by a worker');
    }
    startOthers();
  };

  /** Batches and loads take turns, so that neither starves while models are being loaded under traffic. */
  const feed = (worker: EncoderWorker): void => {
    if (!worker.isFree() || isClosing) return;
    const stale = worker.loaded().find((key) => !plan.has(key));
    if (stale !== undefined) return void worker.unload(stale);
    const order = plan.next(worker.tried());
    if (order === undefined) return void dispatch(worker);
    if (worker.hasJustLoaded() && dispatch(worker)) return;
    void load(worker, order);
  };

  const workers: readonly EncoderWorker[] = Array.from({ length: options.size }, (_, index) =>
    createEncoderWorker({
      index,
      executionTimeoutMs: options.executionTimeoutMs,
      onFree: feed,
      onEvent: (event) => logEvent(options.log, index, event),
    }),
  );
  const kick = (): void => workers.forEach(feed);

  return {
    start: () => workers[0]?.start(),
    feedFrom: (given) => {
      dispatch = given;
    },
    load: (order, cost) => {
      const loaded = plan.add(order, cost);
      kick();
      return loaded;
    },
    unload: (key) => {
      plan.remove(key);
      kick();
    },
    kick,
    workers: () => workers,
    liveCount: () => workers.filter((worker) => worker.isUp()).length,
    close: async () => {
      isClosing = true;
      await Promise.all(workers.map((worker) => worker.close()));
    },
  };
}
