import { status } from '@grpc/grpc-js';
import type { Clock } from '#src/ports/clock.ts';
import type { CircuitBreaker } from './circuit-breaker.ts';
import type { EndpointState } from './endpoint-status.ts';
import { isTransportFailure, type GrpcFailure } from './grpc-failure.ts';
import type { inference } from './gen/protocol.js';
import type { TritonTuning } from './triton-options.ts';
import type { Attempt, AttemptOptions } from './unary-attempt.ts';

export interface ProbingDeps {
  readonly clock: Clock;
  readonly tuning: TritonTuning;
  readonly breaker: CircuitBreaker;
  readonly state: () => EndpointState;
  /** One ServerReady call. */
  readonly ask: (
    options: Pick<AttemptOptions, 'deadlineMs' | 'signals'>,
  ) => Promise<Attempt<inference.ServerReadyResponse>>;
  /** What the probe found, and why it failed, if it did. */
  readonly settle: (state: EndpointState, error: string | undefined) => void;
}

/** The background health check of one endpoint. */
export interface Prober {
  /** The breaker has opened: the next probe is due when it says so. */
  reschedule(): void;
  stop(): void;
}

/** Asks at once, then again and again: at the breaker's time when it is open, often while not ready, seldom otherwise. */
export function startProbing(deps: ProbingDeps): Prober {
  const { clock, tuning, breaker } = deps;
  const stopping = new AbortController();
  let cancelTimer = (): void => undefined;
  let isAsking = false;

  const schedule = (): void => {
    cancelTimer();
    if (stopping.signal.aborted) return;
    cancelTimer = clock.after(nextDelayMs(), () => void probe());
  };
  const nextDelayMs = (): number => {
    if (breaker.state() !== 'closed') return breaker.msUntilProbe();
    return deps.state() === 'healthy' ? tuning.probeIntervalMs : tuning.probeFastIntervalMs;
  };
  const probe = async (): Promise<void> => {
    // A breaker that is open and not due yet: come back when it is.
    if (breaker.state() === 'open' && !breaker.beginProbe()) {
      schedule();
      return;
    }
    isAsking = true;
    const deadlineMs = Date.now() + tuning.probeTimeoutMs;
    const result = await deps.ask({ deadlineMs, signals: [stopping.signal] });
    isAsking = false;
    if (stopping.signal.aborted) return;
    const hasFailed = !result.isOk && isUnanswered(result.failure);
    // An answered probe does not clear the failures of ordinary calls, which may fail where ServerReady does not.
    if (breaker.state() === 'half-open') breaker.settleProbe(hasFailed);
    else if (hasFailed) breaker.record(true);
    const next = stateAfter(result, deps.state(), breaker);
    deps.settle(next, next === 'healthy' ? undefined : describe(result));
    schedule();
  };

  void probe();
  return {
    reschedule: () => {
      if (!isAsking) schedule();
    },
    stop: () => {
      stopping.abort();
      cancelTimer();
    },
  };
}

const isUnanswered = (failure: GrpcFailure): boolean =>
  isTransportFailure(failure) || (!failure.isFromServer && failure.code === status.DEADLINE_EXCEEDED);

function stateAfter(
  result: Attempt<inference.ServerReadyResponse>,
  before: EndpointState,
  breaker: CircuitBreaker,
): EndpointState {
  if (result.isOk) return result.response.ready ? 'healthy' : 'not-ready';
  if (!isUnanswered(result.failure)) return 'not-ready';
  // One late answer may be a busy machine; an endpoint that worked is given up when the breaker gives it up.
  const isLate = result.failure.code === status.DEADLINE_EXCEEDED;
  return isLate && before !== 'unknown' && breaker.state() === 'closed' ? before : 'unreachable';
}

/** Public text: the status, never the words of the server or the addresses in grpc-js's. */
function describe(result: Attempt<inference.ServerReadyResponse>): string {
  if (result.isOk) return 'the server says that it is not ready';
  const { failure } = result;
  if (failure.isFromServer) return `the server answered ${status[failure.code]}`;
  return failure.code === status.DEADLINE_EXCEEDED ? 'no answer in time' : 'no connection';
}
