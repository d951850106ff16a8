/**
 * Why a task of a child pool did not give a result.
 * `crashed`: the child exited, or was killed from outside. `cannot-start`: no child can be started. `timeout`: it worked longer than allowed.
 * `memory`: it held more resident memory than allowed. `cancelled`: the caller's signal fired. `queue-full`: it was
 * never accepted. `closed`: the pool is draining or closed. `failed`: the handler in the child rejected; the child lives.
 */
export type ChildFailureKind =
  'crashed' | 'cannot-start' | 'timeout' | 'memory' | 'cancelled' | 'queue-full' | 'closed' | 'failed';

/**
 * The only error with which `ChildPool.run` rejects. Its message is for logs: for `failed` it is what the child's
 * handler said, so it must not be sent to a client unseen.
 */
export class ChildTaskError extends Error {
  override readonly name = 'ChildTaskError';
  readonly kind: ChildFailureKind;

  constructor(kind: ChildFailureKind, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.kind = kind;
  }
}
