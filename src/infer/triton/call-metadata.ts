import { Metadata } from '@grpc/grpc-js';
import type { CallContext } from '#src/domain/call-context.ts';

/**
 * The metadata of every call: what the operator configured, and the caller's W3C trace context under `traceparent`, which
 * Triton continues in its own spans.
 */
export function callMetadata(
  configured: Readonly<Record<string, string>>,
  ctx: Pick<CallContext, 'traceparent'>,
): Metadata {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(configured)) metadata.set(name, value);
  if (ctx.traceparent !== undefined) metadata.set('traceparent', ctx.traceparent);
  return metadata;
}
