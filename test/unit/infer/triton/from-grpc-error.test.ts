import { Metadata, status, type ServiceError } from '@grpc/grpc-js';
import { describe, expect, test } from 'vitest';
import type { ErrorCode } from '#src/domain/error-codes.ts';
import { fromGrpcError } from '#src/infer/triton/from-grpc-error.ts';
import { isTransportFailure, readGrpcFailure } from '#src/infer/triton/grpc-failure.ts';

const serviceError = (code: status, details: string, metadata = new Metadata()): ServiceError =>
  Object.assign(new Error(`${code}: ${details}`), { code, details, metadata });
const failure = (code: status, details = 'secret words of /a/server') =>
  readGrpcFailure(serviceError(code, details), { hasHeaders: true, isCancelledHere: false });

const expectedCodes: Readonly<Record<keyof typeof status, ErrorCode>> = {
  OK: 'encoder-protocol-error',
  CANCELLED: 'request-cancelled',
  UNKNOWN: 'encoder-protocol-error',
  INVALID_ARGUMENT: 'encoder-protocol-error',
  DEADLINE_EXCEEDED: 'deadline-exceeded',
  NOT_FOUND: 'model-not-found',
  ALREADY_EXISTS: 'encoder-protocol-error',
  PERMISSION_DENIED: 'encoder-protocol-error',
  RESOURCE_EXHAUSTED: 'overloaded',
  FAILED_PRECONDITION: 'encoder-protocol-error',
  ABORTED: 'encoder-unavailable',
  OUT_OF_RANGE: 'encoder-protocol-error',
  UNIMPLEMENTED: 'encoder-protocol-error',
  INTERNAL: 'encoder-protocol-error',
  UNAVAILABLE: 'encoder-unavailable',
  DATA_LOSS: 'encoder-protocol-error',
  UNAUTHENTICATED: 'encoder-protocol-error',
};

describe('every gRPC status has an error of the catalogue', () => {
  test.each(Object.entries(expectedCodes))('%s → %s', (name, code) => {
    const error = fromGrpcError(failure(status[name as keyof typeof status]));
    expect(error.code).toBe(code);
    expect(error.detail).not.toContain('secret');
    expect(error.cause).toMatchObject({ details: 'secret words of /a/server' });
  });

  test('the table names all 17 statuses of gRPC', () => {
    const names = Object.keys(status).filter((key) => Number.isNaN(Number(key)));
    expect(Object.keys(expectedCodes).sort()).toEqual(names.sort());
    expect(names).toHaveLength(17);
  });

  test('a number that is no status counts as UNKNOWN', () => {
    expect(fromGrpcError(failure(JSON.parse('99') as status)).code).toBe('encoder-protocol-error');
  });
});

describe('words that change the meaning of a status', () => {
  // Seen from a real tritonserver 2.51, but for the expired request, which could not be provoked, and the last one,
  // which is grpc-js's own.
  test.each<[keyof typeof status, string, ErrorCode]>([
    ['NOT_FOUND', "Request for unknown model: 'nosuch' is not found", 'model-not-found'],
    ['NOT_FOUND', "Request for unknown model: 'dinov3_vits16' has no available versions", 'model-not-ready'],
    [
      'INVALID_ARGUMENT',
      "[request id: <id_unknown>] inference request batch-size must be <= 4 for 'dinov3_vits16'",
      'encoder-protocol-error',
    ],
    [
      'INVALID_ARGUMENT',
      "unexpected shape for input 'image' for model 'm'. Expected [-1,3,224,224], got [1,3,100,100]",
      'encoder-protocol-error',
    ],
    [
      'INVALID_ARGUMENT',
      "inference input 'image' data-type is 'FP32', but model 'm' expects 'UINT8'",
      'encoder-protocol-error',
    ],
    ['UNAVAILABLE', 'explicit model load / unload is not allowed if polling is enabled', 'conflict'],
    ['UNAVAILABLE', "Request for unknown model: 'm' version 1 is not at ready state", 'model-not-ready'],
    ['UNAVAILABLE', '[request id: 1] Exceeds maximum queue size', 'overloaded'],
    ['UNAVAILABLE', '[request id: 1] Request timeout expired', 'deadline-exceeded'],
    ['RESOURCE_EXHAUSTED', 'Received message larger than max (5 vs. 4)', 'encoder-protocol-error'],
  ])('%s "%s" → %s', (name, details, code) => {
    expect(fromGrpcError(failure(status[name], details)).code).toBe(code);
  });
});

test('Retry-After is given where waiting helps, and nowhere else', () => {
  expect(fromGrpcError(failure(status.UNAVAILABLE), 3).retryAfterSeconds).toBe(3);
  expect(fromGrpcError(failure(status.NOT_FOUND, 'has no available versions'), 3).retryAfterSeconds).toBe(3);
  expect(fromGrpcError(failure(status.INTERNAL), 3).retryAfterSeconds).toBeUndefined();
});

describe('who said it', () => {
  const trailersOnly = new Metadata();
  trailersOnly.set('content-type', 'application/grpc+proto');

  test.each<[string, ServiceError, boolean, boolean, boolean]>([
    ['a lost connection', serviceError(status.UNAVAILABLE, 'Connection dropped'), false, false, true],
    ['a reset stream', serviceError(status.INTERNAL, 'Received RST_STREAM with code 2'), false, false, true],
    ['a trailers-only reply', serviceError(status.UNAVAILABLE, 'full', trailersOnly), false, true, false],
    ['a status after headers', serviceError(status.UNAVAILABLE, 'full'), true, true, false],
    [
      "a proxy's page",
      serviceError(status.UNAVAILABLE, 'Received HTTP status code 503', trailersOnly),
      true,
      false,
      true,
    ],
    [
      'a deadline on this side',
      serviceError(status.DEADLINE_EXCEEDED, 'Deadline exceeded after 1s'),
      false,
      false,
      false,
    ],
  ])('%s', (_name, err, hasHeaders, isFromServer, isTransport) => {
    const read = readGrpcFailure(err, { hasHeaders, isCancelledHere: false });
    expect(read.isFromServer).toBe(isFromServer);
    expect(isTransportFailure(read)).toBe(isTransport);
  });
});

test('a stream that the peer resets is unavailable, one that this side cancels is cancelled', () => {
  const err = serviceError(status.CANCELLED, 'Call cancelled');
  const reset = readGrpcFailure(err, { hasHeaders: false, isCancelledHere: false });
  expect(fromGrpcError(reset).code).toBe('encoder-unavailable');
  expect(isTransportFailure(reset)).toBe(true);
  const cancelled = readGrpcFailure(err, { hasHeaders: false, isCancelledHere: true });
  expect(fromGrpcError(cancelled).code).toBe('request-cancelled');
  expect(isTransportFailure(cancelled)).toBe(false);
});
