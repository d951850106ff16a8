import { randomUUID } from 'node:crypto';
import { createMiddleware } from 'hono/factory';
import { AppError } from '#src/domain/app-error.ts';
import type { CallContext } from '#src/domain/call-context.ts';
import type { AppDeps } from '#src/http/deps.ts';
import type { AppEnv } from '#src/http/env.ts';
import { createStageTimings, renderServerTiming } from '#src/telemetry/stage-timings.ts';
import { continueTrace, traceIdOf } from '#src/telemetry/traceparent.ts';

/** A client's own request id is kept only when it is harmless in a log line and a header. */
const requestIdPattern = /^[A-Za-z0-9._-]{1,128}$/;

/** A signal that aborts when the client goes away or the time is up, and a way to let go of both. */
function createRequestSignal(
  client: AbortSignal,
  timeoutMs: number,
  deps: AppDeps,
): { signal: AbortSignal; release: () => void } {
  const controller = new AbortController();
  const abandon = (): void =>
    controller.abort(new AppError('request-cancelled', 'The client closed the request.'));
  const expire = (): void =>
    controller.abort(new AppError('deadline-exceeded', `The request did not finish within ${timeoutMs} ms.`));
  const cancelTimer = deps.clock.after(timeoutMs, expire);
  client.addEventListener('abort', abandon, { once: true });
  if (client.aborted) abandon();
  return {
    signal: controller.signal,
    release() {
      cancelTimer();
      client.removeEventListener('abort', abandon);
    },
  };
}

/** A refusal is found at the default level by the id that its reply told; a success is news to nobody. */
const levelOf = (status: number) => (status >= 500 ? 'warn' : status >= 400 ? 'info' : 'debug');

/**
 * Gives each request its CallContext and stage timings; afterwards adds `X-Request-Id`, `Server-Timing` and `traceparent`
 * to the reply, counts it and writes one log line. The only place where HTTP is measured.
 */
export function requestContext(deps: AppDeps) {
  return createMiddleware<AppEnv>(async function requestContextMiddleware(c, next) {
    const startedMs = deps.clock.monotonicMs();
    const offered = c.req.header('x-request-id');
    const requestId = offered !== undefined && requestIdPattern.test(offered) ? offered : randomUUID();
    const traceparent = continueTrace(c.req.header('traceparent'));
    const timeoutMs = deps.limits.requestTimeoutMs;
    const { signal, release } = createRequestSignal(c.req.raw.signal, timeoutMs, deps);
    const ctx: CallContext = {
      signal,
      deadlineMs: deps.clock.now() + timeoutMs,
      traceparent,
      requestId,
      callerId: randomUUID(),
    };
    const timings = createStageTimings((stage, durationMs) => deps.metrics.stage(stage, durationMs));
    c.set('ctx', ctx);
    c.set('timings', timings);
    c.set('operation', 'unmatched');
    await next();
    release();
    const totalMs = deps.clock.monotonicMs() - startedMs;
    c.header('x-request-id', requestId);
    c.header('traceparent', traceparent);
    c.header('server-timing', renderServerTiming(timings, totalMs));
    // Bytes that came from uploads must not be taken for a page, and results belong to nobody's cache.
    c.header('x-content-type-options', 'nosniff');
    if (!c.res.headers.has('cache-control')) c.header('cache-control', 'no-store');
    const { status } = c.res;
    const operation = c.get('operation');
    deps.metrics.httpRequest(operation, status, totalMs);
    deps.log[levelOf(status)](
      {
        requestId,
        traceId: traceIdOf(traceparent),
        operation,
        status,
        ...(c.error !== undefined && { code: AppError.from(c.error).code }),
        durationMs: Math.round(totalMs),
      },
      'request',
    );
  });
}
