import type { CallContext } from '#src/domain/call-context.ts';
import type { DecodeLimits } from '#src/domain/image-frame.ts';

/** Limits that no test file reaches. */
export const wideLimits: DecodeLimits = { maxPixels: 100_000_000, maxBytes: 100_000_000 };

/** A call that nobody gives up, unless a signal is given. */
export function testContext(signal: AbortSignal = new AbortController().signal): CallContext {
  return { signal, deadlineMs: Date.now() + 60_000, requestId: 'test' };
}
