import { connectivityState, type Client, type Metadata } from '@grpc/grpc-js';
import { readGrpcFailure, type GrpcFailure } from './grpc-failure.ts';
import type { Rpc } from './rpc.ts';

export type Attempt<Response> =
  | { readonly isOk: true; readonly response: Response }
  | { readonly isOk: false; readonly failure: GrpcFailure };

/** The shape in which a unary procedure is called. */
export type UnaryRpc<Request, Response> = Pick<
  Rpc<Request, unknown, never, Response, false, false>,
  'path' | 'requestSerialize' | 'responseDeserialize'
>;

export interface AttemptOptions {
  readonly metadata: Metadata;
  /** Wall-clock milliseconds since the epoch. */
  readonly deadlineMs: number;
  /** Any of them cancels the call. */
  readonly signals: readonly AbortSignal[];
}

/** One call on one channel. Never rejects; an abort becomes a cancelled call, which the server sees. */
export function unaryAttempt<Request, Response>(
  client: Client,
  rpc: UnaryRpc<Request, Response>,
  request: Request,
  { metadata, deadlineMs, signals }: AttemptOptions,
): Promise<Attempt<Response>> {
  return new Promise((resolve) => {
    let hasHeaders = false;
    const call = client.makeUnaryRequest(
      rpc.path,
      rpc.requestSerialize,
      rpc.responseDeserialize,
      request,
      metadata,
      { deadline: deadlineMs },
      (err, response) => {
        for (const signal of signals) signal.removeEventListener('abort', cancel);
        if (err === null) {
          resolve({ isOk: true, response: response! });
          return;
        }
        const isCancelledHere = signals.some((signal) => signal.aborted);
        resolve({ isOk: false, failure: readGrpcFailure(err, { hasHeaders, isCancelledHere }) });
      },
    );
    const cancel = (): void => call.cancel();
    call.on('metadata', () => {
      hasHeaders = true;
    });
    for (const signal of signals) signal.addEventListener('abort', cancel, { once: true });
    if (signals.some((signal) => signal.aborted)) cancel();
  });
}

/** The channel knows that it cannot connect, and would refuse a call at once. */
export function isFailing(client: Client): boolean {
  return client.getChannel().getConnectivityState(false) === connectivityState.TRANSIENT_FAILURE;
}
