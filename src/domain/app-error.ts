import { errorCodes, type ErrorCode, type ErrorCodeRow } from './error-codes.ts';

/** One fault inside a request, as RFC 9457 extensions usually carry it: a JSON pointer and what is wrong there. */
export interface FieldFault {
  readonly pointer: string;
  readonly detail: string;
}

export interface AppErrorOptions {
  readonly faults?: readonly FieldFault[];
  /** Seconds after which trying again makes sense; a measured estimate, never a guess of politeness. */
  readonly retryAfterSeconds?: number;
  /** Kept for the log; never sent to a client. */
  readonly cause?: unknown;
}

/** The only error that crosses a stage border. `detail` is public: it must hold no path, key, file name or internal message. */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: ErrorCode;
  readonly detail: string;
  readonly faults: readonly FieldFault[];
  readonly retryAfterSeconds: number | undefined;

  constructor(code: ErrorCode, detail: string, options: AppErrorOptions = {}) {
    super(`${code}: ${detail}`, { cause: options.cause });
    this.code = code;
    this.detail = detail;
    this.faults = options.faults ?? [];
    this.retryAfterSeconds = options.retryAfterSeconds;
  }

  get row(): ErrorCodeRow {
    return errorCodes[this.code];
  }

  /** Total: anything thrown becomes an AppError. What is not ours becomes `internal`, its message kept as cause only. */
  static from(thrown: unknown): AppError {
    if (thrown instanceof AppError) return thrown;
    if (thrown instanceof Error && thrown.name === 'AbortError') {
      return new AppError('request-cancelled', 'The request was cancelled.', { cause: thrown });
    }
    if (thrown instanceof Error && thrown.name === 'TimeoutError') {
      return new AppError('deadline-exceeded', 'The request did not finish in time.', { cause: thrown });
    }
    return new AppError('internal', 'An unexpected error occurred.', { cause: thrown });
  }
}
