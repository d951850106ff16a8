import { status } from '@grpc/grpc-js';

/** An error with which an RPC ends. The wording follows Triton's where Triton has one (its clients match on it). */
export class StatusError extends Error {
  override readonly name = 'StatusError';
  readonly code: status;
  /** What the client reads; grpc-js takes it from here. */
  readonly details: string;

  constructor(code: status, details: string, options?: { readonly cause?: unknown }) {
    super(details, options);
    this.code = code;
    this.details = details;
  }
}

export const invalidArgument = (details: string): StatusError =>
  new StatusError(status.INVALID_ARGUMENT, details);
export const notFound = (details: string): StatusError => new StatusError(status.NOT_FOUND, details);
export const unavailable = (details: string): StatusError => new StatusError(status.UNAVAILABLE, details);

/** Total: whatever is thrown becomes a StatusError; what is not ours says nothing of its message. */
export function toStatusError(thrown: unknown): StatusError {
  if (thrown instanceof StatusError) return thrown;
  return new StatusError(status.INTERNAL, 'internal error', { cause: thrown });
}
