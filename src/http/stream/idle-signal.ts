import { AppError } from '#src/domain/app-error.ts';
import type { Clock } from '#src/ports/clock.ts';

export interface IdleSignal {
  readonly signal: AbortSignal;
  /** Something moved. */
  readonly touch: () => void;
  readonly abort: (reason: AppError) => void;
  /** Lets go of the timer and of the client's signals. */
  readonly release: () => void;
}

/** A signal that aborts when nothing moves for `idleMs`, or when one of the `parents` aborts. */
export function createIdleSignal(clock: Clock, idleMs: number, parents: readonly AbortSignal[]): IdleSignal {
  const controller = new AbortController();
  let lastMs = clock.monotonicMs();
  let cancelTimer: () => void = () => undefined;
  const arm = (delayMs: number): void => {
    cancelTimer = clock.after(delayMs, () => {
      const left = lastMs + idleMs - clock.monotonicMs();
      if (left > 0) arm(left);
      else controller.abort(new AppError('deadline-exceeded', `Nothing moved for ${idleMs} ms.`));
    });
  };
  const abandon = (): void => {
    const own = parents.map(({ reason }) => reason as unknown).find((reason) => reason instanceof AppError);
    controller.abort(own ?? new AppError('request-cancelled', 'The client closed the request.'));
  };
  arm(idleMs);
  for (const parent of parents) parent.addEventListener('abort', abandon, { once: true });
  if (parents.some(({ aborted }) => aborted)) abandon();
  return {
    signal: controller.signal,
    touch: () => void (lastMs = clock.monotonicMs()),
    abort: (reason) => controller.abort(reason),
    release() {
      cancelTimer();
      for (const parent of parents) parent.removeEventListener('abort', abandon);
    },
  };
}
