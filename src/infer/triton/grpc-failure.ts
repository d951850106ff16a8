import { status, type ServiceError } from '@grpc/grpc-js';

/** How one attempt failed. */
export interface GrpcFailure {
  readonly code: status;
  /** The server's or grpc-js's words: for the log, never for a client. */
  readonly details: string;
  /** The server answered with this status itself; otherwise the connection failed, or this side gave up. */
  readonly isFromServer: boolean;
  readonly cause: ServiceError;
}

/** grpc-js's words for a reply that did not come from a gRPC server, but from a proxy in between. */
const proxyAnswer = 'Received HTTP status code';

/**
 * Reads a grpc-js error. A status that a server sent came either after its headers or in a trailers-only reply, whose
 * metadata holds the HTTP header content-type; a status that grpc-js made up has neither.
 */
export function readGrpcFailure(err: ServiceError, hasHeaders: boolean): GrpcFailure {
  // `metadata` is absent on errors that grpc-js raises before the call exists, whatever its type says.
  const trailers = (err as Partial<ServiceError>).metadata;
  const isAnswered = hasHeaders || (trailers?.get('content-type').length ?? 0) > 0;
  return {
    code: err.code,
    details: err.details,
    isFromServer: isAnswered && !err.details.startsWith(proxyAnswer),
    cause: err,
  };
}

/** Failures of the connection or of what lies between: what the circuit breaker counts. An unhappy server is not one. */
export function isTransportFailure(failure: GrpcFailure): boolean {
  if (failure.isFromServer) return false;
  return failure.code === status.UNAVAILABLE || (failure.code === status.INTERNAL && isReset(failure));
}

const isReset = (failure: GrpcFailure): boolean => failure.details.includes('RST_STREAM');
