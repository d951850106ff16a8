import { status } from '@grpc/grpc-js';
import { AppError } from '#src/domain/app-error.ts';
import type { ErrorCode } from '#src/domain/error-codes.ts';
import type { GrpcFailure } from './grpc-failure.ts';

/** The 17 statuses of gRPC, by name. */
type GrpcStatusName = keyof typeof status;

interface Meaning {
  readonly code: ErrorCode;
  /** Public text. */
  readonly detail: string;
}

const unusable = (detail: string): Meaning => ({ code: 'encoder-protocol-error', detail });
const refusedOurRequest = unusable('The encoder refused a request that the service built.');
const failed = unusable('The encoder failed to answer.');
const refusedCredentials = unusable('The encoder does not accept the credentials of the service.');

/** One row for each gRPC status. What only the operator can mend is an `encoder-protocol-error`, never the client's fault. */
const byStatus: Readonly<Record<GrpcStatusName, Meaning>> = {
  OK: failed,
  CANCELLED: { code: 'request-cancelled', detail: 'The request was cancelled.' },
  UNKNOWN: failed,
  INVALID_ARGUMENT: refusedOurRequest,
  DEADLINE_EXCEEDED: { code: 'deadline-exceeded', detail: 'The encoder did not answer in time.' },
  NOT_FOUND: { code: 'model-not-found', detail: 'The encoder does not serve this model.' },
  ALREADY_EXISTS: refusedOurRequest,
  PERMISSION_DENIED: refusedCredentials,
  RESOURCE_EXHAUSTED: { code: 'overloaded', detail: 'The encoder has no room for more work now.' },
  FAILED_PRECONDITION: refusedOurRequest,
  ABORTED: {
    code: 'encoder-unavailable',
    detail: 'The encoder gave up the work; it may succeed again later.',
  },
  OUT_OF_RANGE: refusedOurRequest,
  UNIMPLEMENTED: unusable('The encoder does not know this call.'),
  INTERNAL: failed,
  UNAVAILABLE: { code: 'encoder-unavailable', detail: 'The encoder cannot be reached now.' },
  DATA_LOSS: failed,
  UNAUTHENTICATED: refusedCredentials,
};

interface MessageCase {
  readonly status: status;
  readonly pattern: RegExp;
  readonly meaning: Meaning;
}

/** Where the status alone does not tell: the words of Triton 2.51 and of grpc-js 1.14 (the tests say which were seen). */
const byMessage: readonly MessageCase[] = [
  {
    status: status.NOT_FOUND,
    pattern: /has no available versions/,
    meaning: { code: 'model-not-ready', detail: 'The encoder has unloaded this model, or is loading it.' },
  },
  {
    // Triton's answer to a call for a given version of a model that is unloaded, or not loaded yet.
    status: status.UNAVAILABLE,
    pattern: /is not at ready state|model .*is not ready/i,
    meaning: { code: 'model-not-ready', detail: 'The model is not ready on the encoder.' },
  },
  {
    status: status.UNAVAILABLE,
    pattern: /exceeds maximum queue size/i,
    meaning: { code: 'overloaded', detail: 'The queue of the encoder is full.' },
  },
  {
    status: status.UNAVAILABLE,
    pattern: /request timeout expired/i,
    meaning: {
      code: 'deadline-exceeded',
      detail: 'The request waited too long in the queue of the encoder.',
    },
  },
  {
    status: status.UNAVAILABLE,
    pattern: /explicit model load \/ unload is not allowed/i,
    meaning: { code: 'conflict', detail: 'The encoder does not let models be loaded or unloaded.' },
  },
  {
    status: status.RESOURCE_EXHAUSTED,
    pattern: /message larger than max/i,
    meaning: unusable('A message was larger than the other side accepts.'),
  },
];

/**
 * Total: any failure of a call to a server → the AppError that the caller sees. The server's words stay in `cause`.
 * @param retryAfterSeconds when the endpoint is asked again, for `encoder-unavailable` and `model-not-ready`.
 */
export function fromGrpcError(failure: GrpcFailure, retryAfterSeconds?: number): AppError {
  const meaning = findMeaning(failure);
  const isWorthWaiting = meaning.code === 'encoder-unavailable' || meaning.code === 'model-not-ready';
  return new AppError(meaning.code, meaning.detail, {
    cause: failure.cause,
    ...(isWorthWaiting && retryAfterSeconds !== undefined ? { retryAfterSeconds } : {}),
  });
}

function findMeaning(failure: GrpcFailure): Meaning {
  const special = byMessage.find(
    ({ status, pattern }) => status === failure.code && pattern.test(failure.details),
  );
  if (special !== undefined) return special.meaning;
  // A server may send any number; what is no status is treated as UNKNOWN, as the gRPC specification asks.
  const name = (status[failure.code] as GrpcStatusName | undefined) ?? 'UNKNOWN';
  return byStatus[name];
}
