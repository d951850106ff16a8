import type { BreakerState } from './circuit-breaker.ts';

/**
 * `unknown`: not asked yet. `healthy`: answers and accepts inference. `not-ready`: answers, but says that it is not ready.
 * `unreachable`: no connection, or no answer.
 */
export type EndpointState = 'unknown' | 'healthy' | 'not-ready' | 'unreachable';

/** What is known about an endpoint; public text, no secrets, no words of a server. */
export interface EndpointStatus {
  readonly target: string;
  readonly state: EndpointState;
  readonly breaker: BreakerState;
  /** Calls under way. */
  readonly outstanding: number;
  /** Why the last probe failed; absent when it did not. */
  readonly lastError?: string;
}
