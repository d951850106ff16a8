/** What travels with a request through every stage. */
export interface CallContext {
  /** Aborts when the client goes away, the deadline passes or the server gives up. Its reason says which. */
  readonly signal: AbortSignal;
  /** Absolute time in ms since the epoch after which nobody waits for the answer. */
  readonly deadlineMs: number;
  /** W3C trace context of the request, continued in the gRPC metadata. */
  readonly traceparent?: string;
  /** Identifies the request in logs and problems. May be the client's own word, so nothing is decided by it. */
  readonly requestId: string;
  /** One caller among many in fair queues, made by the service: no header can join or split callers. */
  readonly callerId?: string;
}

/** The key under which a request takes turns; a context made inside the service has only its request id. */
export const callerOf = ({ callerId, requestId }: CallContext): string => callerId ?? requestId;
