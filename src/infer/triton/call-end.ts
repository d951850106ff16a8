import { AppError } from '#src/domain/app-error.ts';
import type { CallContext } from '#src/domain/call-context.ts';
import type { Clock } from '#src/ports/clock.ts';

/** The error of a call whose caller has given up: the signal's reason says whether it went away or ran out of time. */
export function fromAbort(signal: AbortSignal): AppError {
  const reason: unknown = signal.reason;
  const error = AppError.from(reason);
  // A reason of another kind is still a cancellation, not a fault of ours.
  if (error.code !== 'internal' || reason instanceof AppError) return error;
  return new AppError('request-cancelled', 'The request was cancelled.', { cause: reason });
}

/** Throws when nobody waits any more. Returns the remaining milliseconds (Infinity without a deadline). */
export function remainingMs(ctx: CallContext, clock: Clock): number {
  if (ctx.signal.aborted) throw fromAbort(ctx.signal);
  const remaining = ctx.deadlineMs - clock.now();
  if (remaining <= 0) throw new AppError('deadline-exceeded', 'The request did not finish in time.');
  return remaining;
}

/** Resolves after delayMs; rejects with the caller's error when it gives up before. */
export function pause(delayMs: number, ctx: CallContext, clock: Clock): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      cancel();
      reject(fromAbort(ctx.signal));
    };
    const cancel = clock.after(delayMs, () => {
      ctx.signal.removeEventListener('abort', onAbort);
      resolve();
    });
    ctx.signal.addEventListener('abort', onAbort, { once: true });
  });
}
