import { AppError } from '#src/domain/app-error.ts';
import type { CallContext } from '#src/domain/call-context.ts';
import {
  callEndpoints,
  retryAfterSeconds,
  type CallDeps,
  type CallOptions,
  type Repeatable,
} from './call-endpoints.ts';
import { callMetadata } from './call-metadata.ts';
import { channelCredentials, channelOptions } from './channel-options.ts';
import { createEndpoint } from './endpoint.ts';
import type { EndpointStatus } from './endpoint-status.ts';
import type { InferRequest } from './raw-contents.ts';
import { createRetryBudget } from './retry-budget.ts';
import type { RequestOf, ResponseOf } from './rpc.ts';
import { healthService, inferenceService } from './service-definition.ts';
import { streamInfer } from './stream-infer.ts';
import { defaultTuning, type TritonClientOptions } from './triton-options.ts';
import type { UnaryRpc } from './unary-attempt.ts';

type Services = typeof inferenceService & { healthCheck: typeof healthService.check };
type UnaryName = Exclude<keyof Services, 'modelStreamInfer'>;

/** A unary call. Rejects with AppError only; the mapping is in from-grpc-error.ts. */
type UnaryMethod<Name extends UnaryName> = (
  request: RequestOf<Services[Name]>,
  ctx: CallContext,
  options?: CallOptions,
) => Promise<ResponseOf<Services[Name]>>;

/** A client of Triton and of any other KServe v2 server. */
export type TritonClient = { readonly [Name in UnaryName]: UnaryMethod<Name> } & {
  /** See stream-infer.ts. */
  modelStreamInfer(
    requests: AsyncIterable<InferRequest>,
    ctx: CallContext,
    options?: CallOptions,
  ): AsyncIterable<ResponseOf<typeof inferenceService.modelStreamInfer>>;
  /** What is known about each endpoint, in the order of the targets; public text. */
  endpoints(): readonly EndpointStatus[];
  /** Calls back after each change of an endpoint; the returned function ends that. */
  subscribe(listener: (status: EndpointStatus) => void): () => void;
  /** Whole seconds, at least 1, until one of the endpoints is asked again: a Retry-After for when none can be used. */
  secondsUntilProbe(): number;
  /** Ends probing, cancels the calls under way with `shutting-down` and closes the connections. */
  close(): void;
};

/**
 * A client for several servers with the same models. Calls go to the endpoint with the fewest calls under way; see
 * docs/decisions/0001-our-own-triton-client.md for the rules. Connects and probes at once, until `close`.
 * Throws AppError `internal` when no target is given.
 */
export function createTritonClient(options: TritonClientOptions): TritonClient {
  const { targets, clock, logger, tls, metadata = {}, random = Math.random } = options;
  if (targets.length === 0) throw new AppError('internal', 'No encoder is configured.');
  const tuning = { ...defaultTuning, ...options.tuning };
  const listeners = new Set<(status: EndpointStatus) => void>();
  const closing = new AbortController();
  const credentials = channelCredentials(tls);
  const endpoints = [...new Set(targets)].map((target) =>
    createEndpoint({
      target,
      credentials,
      options: channelOptions(tls),
      metadata: () => callMetadata(metadata, {}),
      clock,
      tuning,
      onChange: (status) => {
        logger?.info({ endpoint: status }, 'encoder endpoint changed');
        for (const listener of listeners) listener(status);
      },
    }),
  );
  const budget = createRetryBudget(tuning);
  const deps: CallDeps = { endpoints, clock, tuning, budget, metadata, random, closing: closing.signal };
  const unary =
    <Request, Response>(rpc: UnaryRpc<Request, Response>, repeatable: Repeatable = 'idempotent') =>
    (request: Request, ctx: CallContext, callOptions: CallOptions = {}) =>
      callEndpoints(deps, rpc, request, ctx, { ...callOptions, repeatable });

  return {
    serverLive: unary(inferenceService.serverLive),
    serverReady: unary(inferenceService.serverReady),
    serverMetadata: unary(inferenceService.serverMetadata),
    modelReady: unary(inferenceService.modelReady),
    modelMetadata: unary(inferenceService.modelMetadata),
    modelConfig: unary(inferenceService.modelConfig),
    // An encoder computes a function: asking twice costs time and changes nothing.
    modelInfer: unary(inferenceService.modelInfer),
    modelStatistics: unary(inferenceService.modelStatistics),
    repositoryIndex: unary(inferenceService.repositoryIndex),
    repositoryModelLoad: unary(inferenceService.repositoryModelLoad, 'once'),
    repositoryModelUnload: unary(inferenceService.repositoryModelUnload, 'once'),
    healthCheck: unary(healthService.check),
    modelStreamInfer: (requests, ctx, callOptions) => streamInfer(deps, requests, ctx, callOptions),
    endpoints: () => endpoints.map((endpoint) => endpoint.status()),
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    secondsUntilProbe: () => retryAfterSeconds(endpoints),
    close: () => {
      closing.abort(new AppError('shutting-down', 'The server is shutting down.'));
      for (const endpoint of endpoints) endpoint.close();
    },
  };
}
