/** What travels with a request through every stage. */
export interface CallContext {
  /** Aborts when the client goes away, the deadline passes or the server gives up. Its reason says which. */
  readonly signal: AbortSignal;
  /** Absolute time in ms since the epoch after which nobody waits for the answer. */
  readonly deadlineMs: number;
  /** W3C trace context of the request, continued in the gRPC metadata. */
  readonly traceparent?: string;
  /** Identifies the request in logs and problems, and one caller among many in the batcher's fair queue. */
  readonly requestId: string;
}
