import type { Clock } from '#src/ports/clock.ts';
import type { Logger } from '#src/telemetry/logger.ts';
import type { InferTask } from '../rpc/parse-infer-request.ts';
import { unavailable } from '../rpc/status-error.ts';
import { createActivity, type Activity } from './activity.ts';
import type { EncoderWorker } from './encoder-worker.ts';
import { executeBatch } from './execute-batch.ts';
import { cancelled, createPendingInfer, type InferredTensor } from './pending-infer.ts';
import type { ServedModel } from './served-model.ts';

/** Takes requests for models and gives batches of them to free workers, the longest waiting first. */
export interface Scheduler {
  /**
   * Resolves with the outputs. Rejects with StatusError: UNAVAILABLE when the queue is full, the time in it is over or a
   * worker died, CANCELLED when the signal fired, INTERNAL when the model failed.
   * @param requestId the caller's id, for messages; may be empty.
   */
  readonly submit: (
    model: ServedModel,
    task: InferTask,
    requestId: string,
    signal: AbortSignal,
  ) => Promise<readonly InferredTensor[]>;
  /** Gives a free worker the next batch that is due for a model it holds. @returns false when there is none. */
  readonly dispatch: (worker: EncoderWorker) => boolean;
  /** Resolves when no request of the model waits or runs. */
  readonly idle: (model: ServedModel) => Promise<void>;
}

export interface SchedulerOptions {
  readonly clock: Clock;
  readonly log: Logger;
  /** Called when there may be work for free workers. */
  readonly onWork: () => void;
  readonly liveWorkers: () => number;
}

/** Rejects what has waited too long. */
function rejectExpired(models: readonly ServedModel[], nowMs: number): void {
  for (const model of models) {
    for (const pending of model.queue.takeExpired(nowMs)) {
      pending.reject(unavailable('Request timeout expired'), 'REJECTED');
    }
  }
}

/** Models that a worker holds and that have something waiting, the longest waiting first. */
function candidatesFor(worker: EncoderWorker, models: readonly ServedModel[]): readonly ServedModel[] {
  const loaded = new Set(worker.loaded());
  return models
    .filter((model) => loaded.has(model.key) && model.queue.size() > 0)
    .sort((a, b) => a.queue.oldest()!.enqueuedAtMs - b.queue.oldest()!.enqueuedAtMs);
}

/** Calls back when the queues have something due that no new request will tell of: a delay or a time limit that ends. */
function createDueTimer(clock: Clock, activity: Activity, onDue: () => void) {
  let cancel: (() => void) | undefined;
  return (): void => {
    cancel?.();
    const nowMs = clock.monotonicMs();
    const dueMs = Math.min(...activity.models().map(({ queue }) => queue.nextDueMs(nowMs)));
    // Rounded up: a timer that is early by a fraction would find nothing due.
    cancel = dueMs === Infinity ? undefined : clock.after(Math.ceil(dueMs - nowMs), onDue);
  };
}

export function createScheduler(options: SchedulerOptions): Scheduler {
  const { clock, log } = options;
  const activity = createActivity();
  const wake = (): void => {
    rejectExpired(activity.models(), clock.monotonicMs());
    options.onWork();
    activity.sweep();
    armTimer();
  };
  const armTimer = createDueTimer(clock, activity, wake);
  const settle = (): void => {
    activity.sweep();
    armTimer();
  };

  return {
    submit: async (model, task, requestId, signal) => {
      if (signal.aborted) throw cancelled();
      const { pending, done } = createPendingInfer(
        model,
        task,
        signal,
        () => clock.monotonicMs(),
        (gone) => {
          model.queue.remove(gone);
          settle();
        },
      );
      if (model.queue.push(pending)) {
        activity.note(model);
        wake();
      } else {
        const id = requestId === '' ? '<id_unknown>' : requestId;
        pending.reject(unavailable(`[request id: ${id}] Exceeds maximum queue size`), 'REJECTED');
      }
      return done;
    },
    dispatch: (worker) => {
      const nowMs = clock.monotonicMs();
      rejectExpired(activity.models(), nowMs);
      for (const model of candidatesFor(worker, activity.models())) {
        const batch = model.queue.takeBatch(nowMs, options.liveWorkers());
        if (batch === undefined) continue;
        void activity.run(model, executeBatch(model, worker, batch, clock, log)).then(settle);
        return true;
      }
      return false;
    },
    idle: activity.idle,
  };
}
