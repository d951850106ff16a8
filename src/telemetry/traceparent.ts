import { randomBytes } from 'node:crypto';

/** W3C Trace Context level 1: version 00, 16-byte trace id, 8-byte parent id, flags; all-zero ids are invalid. */
const pattern = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})$/;

/**
 * Continues the trace of an incoming `traceparent`, or starts one when there is none or it is malformed
 * (the specification says to restart, not to fail). The parent id is a new span of ours.
 */
export function continueTrace(incoming: string | undefined): string {
  const match = incoming === undefined ? null : pattern.exec(incoming);
  const traceId = match?.[1] ?? randomBytes(16).toString('hex');
  const flags = match?.[3] ?? '00';
  return `00-${traceId}-${randomBytes(8).toString('hex')}-${flags}`;
}

/** The trace id inside a traceparent made by {@link continueTrace}. */
export function traceIdOf(traceparent: string): string {
  return traceparent.slice(3, 35);
}
