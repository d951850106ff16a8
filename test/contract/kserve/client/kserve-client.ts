import { Client, credentials, Metadata, status, type ServiceError } from '@grpc/grpc-js';
import type { RequestOf, ResponseOf, Rpc } from '#src/infer/triton/rpc.ts';
import { inferenceService } from '#src/infer/triton/service-definition.ts';
import type { InferRequest } from '#src/infer/triton/raw-contents.ts';

// As in rpc.ts: the types below infer from every position.
/* eslint-disable @typescript-eslint/no-explicit-any */
type UnaryRpc = Rpc<any, any, any, any, false, false>;
type InferStreamReply = ResponseOf<typeof inferenceService.modelStreamInfer>;

export interface KserveClient {
  /** Rejects with grpc-js' ServiceError. @param timeoutMs the call's deadline; 20 s unless told. */
  call<R extends UnaryRpc>(rpc: R, request: RequestOf<R>, timeoutMs?: number): Promise<ResponseOf<R>>;
  /** Sends all requests on one stream, half-closes, and resolves with all replies when the server has ended it. */
  stream(requests: readonly InferRequest[]): Promise<readonly InferStreamReply[]>;
  close(): void;
}

/** What went wrong in a call: the status by name and the server's message. */
export interface CallFailure {
  readonly code: string;
  readonly details: string;
}

/** A bare client of the protocol: no retries, no balancing, no reply limit; one connection. */
export function createKserveClient(address: string): KserveClient {
  const client = new Client(address, credentials.createInsecure(), {
    'grpc.max_receive_message_length': -1,
    'grpc.max_send_message_length': -1,
    'grpc.enable_retries': 0,
  });
  const deadlineIn = (timeoutMs: number) => ({ deadline: Date.now() + timeoutMs });
  return {
    call: (rpc, request, timeoutMs = 20_000) =>
      new Promise((resolve, reject) => {
        client.makeUnaryRequest(
          rpc.path,
          rpc.requestSerialize,
          rpc.responseDeserialize,
          request,
          new Metadata(),
          deadlineIn(timeoutMs),
          (err: ServiceError | null, response?: ResponseOf<typeof rpc>) => {
            if (err === null) resolve(response as ResponseOf<typeof rpc>);
            else reject(err);
          },
        );
      }),
    stream: (requests) =>
      new Promise((resolve, reject) => {
        const rpc = inferenceService.modelStreamInfer;
        const call = client.makeBidiStreamRequest(
          rpc.path,
          rpc.requestSerialize,
          rpc.responseDeserialize,
          deadlineIn(20_000),
        );
        const replies: InferStreamReply[] = [];
        call.on('data', (reply: InferStreamReply) => replies.push(reply));
        call.on('error', reject);
        call.on('end', () => resolve(replies));
        for (const request of requests) call.write(request);
        call.end();
      }),
    close: () => client.close(),
  };
}

/** The failure of a call that must fail; throws when it succeeds or fails otherwise than by a gRPC status. */
export async function failureOf(call: Promise<unknown>): Promise<CallFailure> {
  const thrown: unknown = await call.then(
    () => undefined,
    (err: unknown) => err,
  );
  if (!(thrown instanceof Error) || !('code' in thrown) || !('details' in thrown)) {
    throw new Error('expected a gRPC failure', { cause: thrown });
  }
  return { code: status[thrown.code as number]!, details: thrown.details as string };
}
