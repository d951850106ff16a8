import type { ChannelCredentials, ChannelOptions, Client, Metadata } from '@grpc/grpc-js';
import type { Clock } from '#src/ports/clock.ts';
import { createCircuitBreaker } from './circuit-breaker.ts';
import { createEndpointChannels, type ChannelLease } from './endpoint-channels.ts';
import type { EndpointState, EndpointStatus } from './endpoint-status.ts';
import { isTransportFailure, type GrpcFailure } from './grpc-failure.ts';
import { startProbing } from './probing.ts';
import { createRefusalMemory } from './refusal-memory.ts';
import { inferenceService } from './service-definition.ts';
import type { TritonTuning } from './triton-options.ts';
import { unaryAttempt, type Attempt, type AttemptOptions, type UnaryRpc } from './unary-attempt.ts';

/** One server: its connections, its breaker and what the last probe said. */
export interface Endpoint {
  readonly target: string;
  status(): EndpointStatus;
  /** How willingly it is used: lower is better; undefined: not at all. */
  rank(): number | undefined;
  /** Milliseconds until it is asked again, when it is not used at all. */
  msUntilProbe(): number;
  attempt<Request, Response>(
    rpc: UnaryRpc<Request, Response>,
    request: Request,
    options: AttemptOptions,
  ): Promise<Attempt<Response>>;
  /** Lends a channel for a call of another kind, which reports its outcome (no failure: success) and releases it. */
  acquire(): ChannelLease & { readonly report: (failure?: GrpcFailure) => void };
  close(): void;
}

export interface EndpointDeps {
  readonly target: string;
  readonly credentials: ChannelCredentials;
  readonly options: ChannelOptions;
  readonly metadata: () => Metadata;
  readonly clock: Clock;
  readonly tuning: TritonTuning;
  /** Called after each change of the state or of the breaker. */
  readonly onChange: (status: EndpointStatus) => void;
}

/** Between two states there is room for the rank of a server that has just refused. */
const stateRanks: Readonly<Record<EndpointState, number>> = {
  healthy: 0,
  unknown: 0,
  'not-ready': 2,
  unreachable: 4,
};

const askReady = (client: Client, options: AttemptOptions) =>
  unaryAttempt(client, inferenceService.serverReady, {}, options);

/** Starts probing at once; `close` ends it. */
export function createEndpoint(deps: EndpointDeps): Endpoint {
  const { target, clock, tuning } = deps;
  const channels = createEndpointChannels(target, tuning.channelsPerEndpoint, deps.credentials, deps.options);
  let state: EndpointState = 'unknown';
  let lastError: string | undefined;
  const refusals = createRefusalMemory(clock);

  const endpointStatus = (): EndpointStatus => ({
    target,
    state: breaker.state() === 'closed' ? state : 'unreachable',
    breaker: breaker.state(),
    outstanding: channels.outstanding(),
    ...(lastError === undefined ? {} : { lastError }),
  });
  const breaker = createCircuitBreaker(clock, tuning, (next) => {
    if (next === 'open') prober.reschedule();
    if (next === 'half-open') channels.renew();
    else deps.onChange(endpointStatus());
  });

  /** Outcome of a call for the breaker and the ranking. A call that this side gave up says nothing about the endpoint. */
  const report = (failure?: GrpcFailure): void => {
    if (failure === undefined || failure.isFromServer) breaker.record(false);
    else if (isTransportFailure(failure)) breaker.record(true);
    refusals.record(failure);
  };
  const prober = startProbing({
    clock,
    tuning,
    breaker,
    state: () => state,
    ask: (options) => askReady(channels.forProbe(), { metadata: deps.metadata(), ...options }),
    settle: (next, error) => {
      const isChanged = next !== state || error !== lastError;
      state = next;
      lastError = error;
      if (next === 'healthy') channels.warm();
      if (isChanged) deps.onChange(endpointStatus());
    },
  });

  return {
    target,
    status: endpointStatus,
    rank: () => {
      if (breaker.state() !== 'closed') return undefined;
      return stateRanks[state] + (refusals.isRecent() ? 1 : 0);
    },
    msUntilProbe: () => breaker.msUntilProbe(),
    attempt: async (rpc, request, options) => {
      const { client, release } = channels.acquire();
      const result = await unaryAttempt(client, rpc, request, options);
      release();
      report(result.isOk ? undefined : result.failure);
      return result;
    },
    acquire: () => ({ ...channels.acquire(), report }),
    close: () => {
      prober.stop();
      channels.close();
    },
  };
}
