import { status } from '@grpc/grpc-js';
import { AppError } from '#src/domain/app-error.ts';
import type { CallContext } from '#src/domain/call-context.ts';
import type { Clock } from '#src/ports/clock.ts';
import { fromAbort, pause, remainingMs } from './call-end.ts';
import { callMetadata } from './call-metadata.ts';
import { chooseEndpoint } from './choose-endpoint.ts';
import type { Endpoint } from './endpoint.ts';
import { fromGrpcError } from './from-grpc-error.ts';
import type { GrpcFailure } from './grpc-failure.ts';
import type { RetryBudget } from './retry-budget.ts';
import type { TritonTuning } from './triton-options.ts';
import type { UnaryRpc } from './unary-attempt.ts';

export interface CallOptions {
  /** Only these endpoints; all unless told. */
  readonly targets?: readonly string[];
}

export interface CallDeps {
  readonly endpoints: readonly Endpoint[];
  readonly clock: Clock;
  readonly tuning: TritonTuning;
  readonly budget: RetryBudget;
  readonly metadata: Readonly<Record<string, string>>;
  readonly random: () => number;
  /** Aborts when the client closes. */
  readonly closing: AbortSignal;
}

/** Whether asking twice has the same effect as asking once. */
export type Repeatable = 'idempotent' | 'once';

/**
 * One unary call: chooses an endpoint, and on UNAVAILABLE tries again, elsewhere if it can, while the call is idempotent,
 * the budget has tokens and the pause fits into the caller's time. Rejects with AppError only.
 */
export async function callEndpoints<Request, Response>(
  deps: CallDeps,
  rpc: UnaryRpc<Request, Response>,
  request: Request,
  ctx: CallContext,
  options: CallOptions & { readonly repeatable: Repeatable },
): Promise<Response> {
  const metadata = callMetadata(deps.metadata, ctx);
  const endpoints = eligible(deps.endpoints, options.targets);
  const tried = new Set<Endpoint>();
  deps.budget.earn();
  for (let attempt = 1; ; attempt += 1) {
    const deadlineMs = wallDeadlineMs(deps, ctx);
    const endpoint = chooseEndpoint(endpoints, tried, deps.random);
    if (endpoint === undefined) throw noEndpoint(endpoints);
    tried.add(endpoint);
    const signals = [ctx.signal, deps.closing];
    const result = await endpoint.attempt(rpc, request, { metadata, deadlineMs, signals });
    if (result.isOk) return result.response;
    const aborted = signals.find((signal) => signal.aborted);
    if (aborted !== undefined) throw fromAbort(aborted);
    const delayMs = backoffMs(deps, attempt);
    if (!mayRetry(deps, result.failure, attempt, options.repeatable, delayMs, ctx)) {
      throw fromGrpcError(result.failure, retryAfterSeconds(endpoints));
    }
    await pause(delayMs, ctx, deps.clock);
  }
}

/** The caller's remaining time as a wall-clock deadline of grpc-js. Throws when nobody waits, or the client is closed. */
export function wallDeadlineMs(deps: Pick<CallDeps, 'clock' | 'closing'>, ctx: CallContext): number {
  if (deps.closing.aborted) throw fromAbort(deps.closing);
  return Date.now() + remainingMs(ctx, deps.clock);
}

/** The endpoints that a call may use. */
export function eligible(endpoints: readonly Endpoint[], targets?: readonly string[]): readonly Endpoint[] {
  return targets === undefined ? endpoints : endpoints.filter(({ target }) => targets.includes(target));
}

/** Every endpoint is away, and when the first is asked again. */
export function noEndpoint(endpoints: readonly Endpoint[]): AppError {
  return new AppError('encoder-unavailable', 'No encoder can be reached now.', {
    retryAfterSeconds: retryAfterSeconds(endpoints),
  });
}

/** Whole seconds until one of the endpoints is worth another try; at least 1, as Retry-After counts. */
export function retryAfterSeconds(endpoints: readonly Endpoint[]): number {
  const soonestMs = Math.min(...endpoints.map((endpoint) => endpoint.msUntilProbe()));
  return Number.isFinite(soonestMs) ? Math.max(1, Math.ceil(soonestMs / 1000)) : 1;
}

function mayRetry(
  deps: CallDeps,
  failure: GrpcFailure,
  attempt: number,
  repeatable: Repeatable,
  delayMs: number,
  ctx: CallContext,
): boolean {
  if (failure.code !== status.UNAVAILABLE || repeatable === 'once') return false;
  if (attempt >= deps.tuning.maxAttempts) return false;
  if (deps.clock.now() + delayMs >= ctx.deadlineMs) return false;
  return deps.budget.spend();
}

/** Full jitter: uniform below an exponentially growing bound, so that callers who failed together do not return together. */
function backoffMs({ tuning, random }: CallDeps, attempt: number): number {
  return random() * Math.min(tuning.backoffMaxMs, tuning.backoffBaseMs * 2 ** (attempt - 1));
}
