import type { handleUnaryCall, ServerUnaryCall } from '@grpc/grpc-js';
import { toStatusError } from './status-error.ts';

/** What an RPC knows of its call. */
export interface CallScope {
  /** Aborts when the client cancels, goes away or its deadline passes. */
  readonly signal: AbortSignal;
}

/** An AbortSignal for a call. grpc-js says "cancelled" after a deadline too, and after the answer, when nobody listens any more. */
export function signalOf(call: { on: (event: 'cancelled', listener: () => void) => unknown }): AbortSignal {
  const abort = new AbortController();
  call.on('cancelled', () => abort.abort());
  return abort.signal;
}

/**
 * A unary handler from a function: what it throws or rejects with becomes the status of the call.
 * @param onInternal told of errors that are not ours, for the log.
 */
export function unaryHandler<Request, Response>(
  answer: (request: Request, scope: CallScope) => Response | Promise<Response>,
  onInternal: (error: unknown) => void,
): handleUnaryCall<Request, Response> {
  return (call: ServerUnaryCall<Request, Response>, callback) => {
    const respond = async (): Promise<Response> => answer(call.request, { signal: signalOf(call) });
    respond().then(
      (response) => callback(null, response),
      (thrown: unknown) => {
        const error = toStatusError(thrown);
        if (error !== thrown) onInternal(thrown);
        callback(error);
      },
    );
  };
}
