import { AppError } from '#src/domain/app-error.ts';

/** Upload bytes that all requests together may hold in memory. */
export interface ByteBudget {
  /** Opens the account of one request. */
  open(): ByteLease;
  readonly usedBytes: () => number;
}

/** One request's share of the budget. */
export interface ByteLease {
  /** Charges bytes as they arrive; throws `overloaded` when all requests together would hold too much. */
  charge(bytes: number): void;
  /** Gives everything back; safe to call twice. */
  release(): void;
}

/** @param maxBytes bound on the sum over all open leases. */
export function createByteBudget(maxBytes: number): ByteBudget {
  let used = 0;
  return {
    usedBytes: () => used,
    open() {
      let held = 0;
      return {
        charge(bytes) {
          if (used + bytes > maxBytes) {
            // Uploads drain at the pace of decoding, seconds at most for a full budget.
            throw new AppError('overloaded', 'Too many uploads are in progress.', { retryAfterSeconds: 2 });
          }
          used += bytes;
          held += bytes;
        },
        release() {
          used -= held;
          held = 0;
        },
      };
    },
  };
}
