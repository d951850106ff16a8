import { status } from '@grpc/grpc-js';
import type { Clock } from '#src/ports/clock.ts';
import type { GrpcFailure } from './grpc-failure.ts';

/**
 * Whether an endpoint has just refused calls. A server that refuses is quick and would always look least loaded, so it is
 * to come after its equals for a while. It is not shut out: one refusal (a crashed worker, say) must not cost a lone
 * endpoint its other calls; that is the difference from the circuit breaker.
 */
export interface RefusalMemory {
  /** The outcome of a call; no failure: success, which ends the memory. */
  record(failure: GrpcFailure | undefined): void;
  isRecent(): boolean;
}

/** As long as a retry usually waits. Doubled with each refusal in a row. */
const firstMs = 250;
const longestMs = 4_000;

/** Starts without a memory. */
export function createRefusalMemory(clock: Clock): RefusalMemory {
  let inARow = 0;
  let untilMs = -Infinity;
  return {
    record: (failure) => {
      if (failure === undefined) {
        inARow = 0;
        untilMs = -Infinity;
      } else if (failure.code === status.UNAVAILABLE) {
        untilMs = clock.monotonicMs() + Math.min(firstMs * 2 ** inARow, longestMs);
        inARow += 1;
      }
    },
    isRecent: () => clock.monotonicMs() < untilMs,
  };
}
