import { ChildTaskError } from './child-task-error.ts';
import type { Frame, FrameHeader, OutgoingPayload } from './frame.ts';

/** One call of `run` on its way: settled exactly once, with no listener left behind. */
export interface ChildTask {
  /** Whose task it is; waiting callers take turns. */
  readonly callerId: string;
  readonly header: FrameHeader;
  readonly payloads: readonly OutgoingPayload[];
  readonly timeoutMs: number | undefined;
  isSettled(): boolean;
  resolve(frame: Frame): void;
  reject(error: ChildTaskError): void;
}

export interface ChildTaskOptions {
  readonly callerId: string;
  readonly timeoutMs: number | undefined;
  readonly signal: AbortSignal | undefined;
}

/** @param onCancel called when the signal fires before the task is settled; the promise has then rejected with `cancelled`. */
export function createChildTask(
  header: FrameHeader,
  payloads: readonly OutgoingPayload[],
  { callerId, timeoutMs, signal }: ChildTaskOptions,
  onCancel: (task: ChildTask) => void,
): { readonly task: ChildTask; readonly done: Promise<Frame> } {
  const { promise, resolve, reject } = Promise.withResolvers<Frame>();
  let isSettled = false;
  const settle = (): boolean => {
    if (isSettled) return false;
    isSettled = true;
    signal?.removeEventListener('abort', cancel);
    return true;
  };
  const task: ChildTask = {
    callerId,
    header,
    payloads,
    timeoutMs,
    isSettled: () => isSettled,
    resolve: (frame) => {
      if (settle()) resolve(frame);
    },
    reject: (error) => {
      if (settle()) reject(error);
    },
  };
  const cancel = (): void => {
    task.reject(new ChildTaskError('cancelled', 'the task was cancelled', { cause: signal?.reason }));
    onCancel(task);
  };
  signal?.addEventListener('abort', cancel, { once: true });
  return { task, done: promise };
}
