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

/** What grpc-js 1.14 itself says when a reply breaks off, or comes from a proxy that does not speak gRPC. */
const ownWords =
  /^(Connection dropped|Call cancelled|Received RST_STREAM|Received HTTP status code|Deadline exceeded|(read|write) E[A-Z]+)/;

/**
 * Reads a grpc-js error. A status that a server sent came either after its headers or in a trailers-only reply, whose
 * metadata holds the HTTP header content-type; a status that grpc-js made up has neither, or says so in known words.
 * @param isCancelledHere whether this side cancelled the call. If not, a cancelled call is a stream that the peer has
 *   reset, as a server does when it is shut down by force: that is UNAVAILABLE, and may be tried again.
 */
export function readGrpcFailure(
  err: ServiceError,
  { hasHeaders, isCancelledHere }: { readonly hasHeaders: boolean; readonly isCancelledHere: boolean },
): GrpcFailure {
  // `metadata` is absent on errors that grpc-js raises before the call exists, whatever its type says.
  const trailers = (err as Partial<ServiceError>).metadata;
  const isAnswered = hasHeaders || (trailers?.get('content-type').length ?? 0) > 0;
  const isFromServer = isAnswered && !ownWords.test(err.details);
  const isReset = err.code === status.CANCELLED && !isFromServer && !isCancelledHere;
  return { code: isReset ? status.UNAVAILABLE : err.code, details: err.details, isFromServer, cause: err };
}

/** Failures of the connection or of what lies between: what the circuit breaker counts. An unhappy server is not one. */
export function isTransportFailure(failure: GrpcFailure): boolean {
  if (failure.isFromServer) return false;
  const isBroken = failure.code === status.INTERNAL && failure.details.startsWith('Received RST_STREAM');
  return isBroken || failure.code === status.UNAVAILABLE;
}
