import type { AppError } from '#src/domain/app-error.ts';
import type { AppDeps } from '#src/http/deps.ts';

/** What became of the items of a stream, in a few numbers however many there are. */
export interface StreamTally {
  /** An item is done (its metric is counted here); the encoder worked on so many tokens. */
  succeed(tokenCount: number): void;
  fail(error: AppError): void;
  /** The outcome of all: 200 all succeeded, 207 some did, else the status of the first failure. */
  status(): number;
  counts(): { readonly itemCount: number; readonly succeeded: number; readonly failed: number };
  usage(): { readonly prompt_tokens: number; readonly total_tokens: number };
  /** Logs faults of our own, once per code. */
  log(requestId: string): void;
}

export function createStreamTally({ metrics, log }: AppDeps, operation: string): StreamTally {
  const faults = new Map<string, { first: AppError; items: number }>();
  let succeeded = 0;
  let failed = 0;
  let tokens = 0;
  let firstFailure: AppError | undefined;
  return {
    succeed(tokenCount) {
      succeeded += 1;
      tokens += tokenCount;
      metrics.item(operation, 'ok');
    },
    fail(error) {
      failed += 1;
      firstFailure ??= error;
      metrics.item(operation, error.code);
      if (error.row.status < 500 || error.row.retryable) return;
      const fault = faults.get(error.code) ?? { first: error, items: 0 };
      faults.set(error.code, { ...fault, items: fault.items + 1 });
    },
    status: () => (firstFailure === undefined ? 200 : succeeded > 0 ? 207 : firstFailure.row.status),
    counts: () => ({ itemCount: succeeded + failed, succeeded, failed }),
    usage: () => ({ prompt_tokens: tokens, total_tokens: tokens }),
    log(requestId) {
      for (const [code, { first, items }] of faults) {
        log.error({ requestId, code, items, err: first.cause ?? first }, 'items failed');
      }
    },
  };
}
