import type {
  handleBidiStreamingCall,
  handleClientStreamingCall,
  handleServerStreamingCall,
  handleUnaryCall,
} from '@grpc/grpc-js';
import type { Writer } from 'protobufjs/minimal.js';

/**
 * One remote procedure in the shape of a grpc-js MethodDefinition. What may be sent is wider than what is received:
 * a sender leaves fields out and gives tensors in pieces, a receiver sees every field and one view for each tensor.
 */
export interface Rpc<
  RequestIn,
  Request,
  ResponseIn,
  Response,
  RequestStream extends boolean = boolean,
  ResponseStream extends boolean = boolean,
> {
  readonly path: string;
  readonly requestStream: RequestStream;
  readonly responseStream: ResponseStream;
  readonly requestSerialize: (value: RequestIn) => Buffer;
  readonly requestDeserialize: (bytes: Buffer) => Request;
  readonly responseSerialize: (value: ResponseIn) => Buffer;
  readonly responseDeserialize: (bytes: Buffer) => Response;
}

/** Encoder and decoder of a message. */
export interface Codec<In, Out> {
  readonly encode: (value: In) => Buffer;
  readonly decode: (bytes: Buffer) => Out;
}

/** A generated message class as a codec. Its `bytes` fields are views of what was received. */
export function codecOf<In, Out>(message: {
  encode: (value: In) => Writer;
  decode: (bytes: Uint8Array) => Out;
}): Codec<In, Out> {
  return {
    // `finish(true)` hands out the writer's buffer (a Buffer under Node); each message has its own writer.
    encode: (value) => message.encode(value).finish(true) as Buffer,
    decode: (bytes) => message.decode(bytes),
  };
}

/** A procedure from its path (`/package.Service/Method`), its two messages and its streaming kind. */
export function rpc<RequestIn, Request, ResponseIn, Response, A extends boolean, B extends boolean>(
  path: string,
  request: Codec<RequestIn, Request>,
  response: Codec<ResponseIn, Response>,
  streams: { readonly request: A; readonly response: B },
): Rpc<RequestIn, Request, ResponseIn, Response, A, B> {
  return {
    path,
    requestStream: streams.request,
    responseStream: streams.response,
    requestSerialize: request.encode,
    requestDeserialize: request.decode,
    responseSerialize: response.encode,
    responseDeserialize: response.decode,
  };
}

// The handler types below infer from every position, so `any` is the only bound that accepts all procedures.
/* eslint-disable @typescript-eslint/no-explicit-any */
type AnyRpc = Rpc<any, any, any, any>;

/** What a client passes to a procedure. */
export type RequestOf<R extends AnyRpc> = Parameters<R['requestSerialize']>[0];
/** What a client receives from a procedure. */
export type ResponseOf<R extends AnyRpc> = ReturnType<R['responseDeserialize']>;
/** What a server receives. */
export type ReceivedRequestOf<R extends AnyRpc> = ReturnType<R['requestDeserialize']>;
/** What a server may answer. */
export type SentResponseOf<R extends AnyRpc> = Parameters<R['responseSerialize']>[0];

/** The handlers that a server must have for a service, one for each procedure: `server.addService(service, handlers)`. */
export type Handlers<S extends Record<string, AnyRpc>> = {
  [K in keyof S]: S[K] extends Rpc<any, any, any, any, false, false>
    ? handleUnaryCall<ReceivedRequestOf<S[K]>, SentResponseOf<S[K]>>
    : S[K] extends Rpc<any, any, any, any, false, true>
      ? handleServerStreamingCall<ReceivedRequestOf<S[K]>, SentResponseOf<S[K]>>
      : S[K] extends Rpc<any, any, any, any, true, false>
        ? handleClientStreamingCall<ReceivedRequestOf<S[K]>, SentResponseOf<S[K]>>
        : handleBidiStreamingCall<ReceivedRequestOf<S[K]>, SentResponseOf<S[K]>>;
};
