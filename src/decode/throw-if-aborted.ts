import { AppError } from '#src/domain/app-error.ts';

/** Why a request was given up: the reason itself when it is an AppError or a timeout, a cancelled request otherwise. */
export function abortError(signal: AbortSignal): AppError {
  const reason: unknown = signal.reason;
  const known = AppError.from(reason);
  if (known.code !== 'internal' || reason instanceof AppError) return known;
  return new AppError('request-cancelled', 'The request was cancelled.', { cause: reason });
}

/** @throws AppError request-cancelled, deadline-exceeded, or the reason itself */
export function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw abortError(signal);
}
