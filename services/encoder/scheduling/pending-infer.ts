import { status } from '@grpc/grpc-js';
import type { InferTask } from '../rpc/parse-infer-request.ts';
import { StatusError } from '../rpc/status-error.ts';
import type { FailureReason } from '../statistics/model-statistics.ts';
import type { Waiting } from './request-queue.ts';
import type { ServedModel } from './served-model.ts';

/** One output of one request: a view of what the worker sent. */
export interface InferredTensor {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/** A request between its acceptance and its answer; settled once. */
export interface PendingInfer extends Waiting {
  readonly task: InferTask;
  readonly isSettled: () => boolean;
  readonly resolve: (outputs: readonly InferredTensor[]) => void;
  /** Counts the failure and tells the caller. */
  readonly reject: (error: StatusError, reason: FailureReason) => void;
}

/** What a caller that gave up would read. */
export const cancelled = (): StatusError => new StatusError(status.CANCELLED, 'the request was cancelled');

/** Requests may share a batch when they want the same outputs of inputs of the same shape. */
const groupOf = (task: InferTask): string =>
  JSON.stringify([task.outputs.map(({ name }) => name), task.dims]);

/** When the time in the queue is over: by the request's own limit where it has one, or the model's; Infinity where neither does. */
function expiry(model: ServedModel, task: InferTask, nowMs: number): number {
  const limitMs = task.timeoutMs ?? model.definition.batching.defaultTimeoutMs;
  return limitMs > 0 ? nowMs + limitMs : Infinity;
}

/**
 * @param nowMs monotonic time, asked for twice: when the request comes and when it fails.
 * @param onCancel called when the signal fires first; the promise has then rejected with CANCELLED.
 */
export function createPendingInfer(
  model: ServedModel,
  task: InferTask,
  signal: AbortSignal,
  nowMs: () => number,
  onCancel: (pending: PendingInfer) => void,
): { readonly pending: PendingInfer; readonly done: Promise<readonly InferredTensor[]> } {
  const { promise, resolve, reject } = Promise.withResolvers<readonly InferredTensor[]>();
  const enqueuedAtMs = nowMs();
  let isSettled = false;
  const settle = (): boolean => {
    if (isSettled) return false;
    isSettled = true;
    signal.removeEventListener('abort', cancel);
    return true;
  };
  const pending: PendingInfer = {
    task,
    rows: task.rows,
    group: groupOf(task),
    enqueuedAtMs,
    expiresAtMs: expiry(model, task, enqueuedAtMs),
    isSettled: () => isSettled,
    resolve: (outputs) => {
      if (settle()) resolve(outputs);
    },
    reject: (error, reason) => {
      if (!settle()) return;
      model.statistics.countFailure(reason, nowMs() - enqueuedAtMs);
      reject(error);
    },
  };
  const cancel = (): void => {
    pending.reject(cancelled(), 'CANCELED');
    onCancel(pending);
  };
  signal.addEventListener('abort', cancel, { once: true });
  return { pending, done: promise };
}
