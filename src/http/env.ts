import type { CallContext } from '#src/domain/call-context.ts';
import type { StageTimings } from '#src/telemetry/stage-timings.ts';

/** What `requestContext` puts beside every request. */
export interface AppEnv {
  Variables: {
    ctx: CallContext;
    timings: StageTimings;
    /** operationId of the matched operation, or `unmatched`; a bounded label for metrics and logs. */
    operation: string;
  };
}
