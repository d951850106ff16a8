import type { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { CallContext } from '#src/domain/call-context.ts';
import type { StageTimings } from '#src/telemetry/stage-timings.ts';
import type { AppDeps } from './deps.ts';
import type { AppEnv } from './env.ts';
import {
  readAnalysisRequest,
  type AnalysisRequest,
  type FramesOption,
  type OptionsShape,
} from './input/read-analysis-request.ts';

/** What an analysis operation works with once its request is read. */
export interface AnalysisCall<Options> extends AnalysisRequest<Options> {
  readonly ctx: CallContext;
  readonly timings: StageTimings;
}

/**
 * Reads an analysis request within the limits and hands it to `work`; the upload's bytes are given back when that is done,
 * however it ends.
 */
export async function withAnalysisRequest<Schema extends z.ZodType<FramesOption>>(
  deps: AppDeps,
  c: Context<AppEnv>,
  shape: OptionsShape<Schema>,
  work: (call: AnalysisCall<z.output<Schema>>) => Promise<Response>,
): Promise<Response> {
  const ctx = c.get('ctx');
  const timings = c.get('timings');
  const lease = deps.budget.open();
  try {
    const started = deps.clock.monotonicMs();
    const bounds = { maxBytes: deps.limits.maxRequestBytes, lease, signal: ctx.signal };
    const request = await readAnalysisRequest(c.req.raw, shape, deps, bounds);
    timings.record('read', deps.clock.monotonicMs() - started);
    return await work({ ...request, ctx, timings });
  } finally {
    lease.release();
  }
}
