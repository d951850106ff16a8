/**
 * The error catalogue: one row per thing that can go wrong, as a client sees it (RFC 9457).
 * `grpc` is the status name with which the embedded encoder reports the same condition.
 * `retryable` means: the same request may succeed later without a change by the caller.
 */
export interface ErrorCodeRow {
  readonly status: number;
  readonly grpc: GrpcStatusName;
  readonly title: string;
  readonly retryable: boolean;
  /** What the caller can do about it; ends up in the documentation of the code. */
  readonly remedy: string;
}

export type GrpcStatusName =
  | 'OK'
  | 'CANCELLED'
  | 'UNKNOWN'
  | 'INVALID_ARGUMENT'
  | 'DEADLINE_EXCEEDED'
  | 'NOT_FOUND'
  | 'ALREADY_EXISTS'
  | 'PERMISSION_DENIED'
  | 'RESOURCE_EXHAUSTED'
  | 'FAILED_PRECONDITION'
  | 'ABORTED'
  | 'OUT_OF_RANGE'
  | 'UNIMPLEMENTED'
  | 'INTERNAL'
  | 'UNAVAILABLE'
  | 'DATA_LOSS'
  | 'UNAUTHENTICATED';

const row = (
  status: number,
  grpc: GrpcStatusName,
  title: string,
  retryable: boolean,
  remedy: string,
): ErrorCodeRow => ({ status, grpc, title, retryable, remedy });

export const errorCodes = {
  'malformed-request': row(
    400,
    'INVALID_ARGUMENT',
    'The request is malformed',
    false,
    'Correct the request body or its options; `errors` points at each fault.',
  ),
  unauthenticated: row(
    401,
    'UNAUTHENTICATED',
    'A valid API key is required',
    false,
    'Send `Authorization: Bearer <key>`.',
  ),
  forbidden: row(403, 'PERMISSION_DENIED', 'Not allowed', false, 'Use a key or an origin that may do this.'),
  'url-not-allowed': row(
    403,
    'PERMISSION_DENIED',
    'The address is not on the allow-list',
    false,
    'Send the image itself, or ask the operator to allow the host.',
  ),
  'not-found': row(404, 'NOT_FOUND', 'No such resource', false, 'Check the path.'),
  'model-not-found': row(404, 'NOT_FOUND', 'No such model', false, 'List the models with `GET /v1/models`.'),
  'method-not-allowed': row(
    405,
    'UNIMPLEMENTED',
    'Method not allowed',
    false,
    'Use a method of the `Allow` header.',
  ),
  'not-acceptable': row(
    406,
    'INVALID_ARGUMENT',
    'No representation matches Accept',
    false,
    'Ask for a type that the operation lists.',
  ),
  conflict: row(
    409,
    'FAILED_PRECONDITION',
    'The request conflicts with the present state',
    false,
    'Read the detail.',
  ),
  'embedding-space-mismatch': row(
    409,
    'FAILED_PRECONDITION',
    'Vectors of different embedding spaces cannot be compared',
    false,
    'Use one model and one pooling for both sides.',
  ),
  'payload-too-large': row(
    413,
    'RESOURCE_EXHAUSTED',
    'Too many bytes',
    false,
    'Send a smaller file or fewer of them.',
  ),
  'image-too-large': row(413, 'RESOURCE_EXHAUSTED', 'Too many pixels', false, 'Send a smaller image.'),
  'too-many-items': row(
    413,
    'RESOURCE_EXHAUSTED',
    'Too many items in one request',
    false,
    'Split the request.',
  ),
  'unsupported-media-type': row(
    415,
    'INVALID_ARGUMENT',
    'The type of the content is not supported',
    false,
    'Send PNG or JPEG.',
  ),
  'media-type-mismatch': row(
    415,
    'INVALID_ARGUMENT',
    'The content is not of the declared type',
    false,
    'Declare the true type, or application/octet-stream.',
  ),
  'undecodable-image': row(
    422,
    'INVALID_ARGUMENT',
    'The image cannot be decoded',
    false,
    'Check that the file is whole.',
  ),
  'unusable-input': row(
    422,
    'FAILED_PRECONDITION',
    'The input is readable but cannot be used for this',
    false,
    'Read the detail.',
  ),
  'rate-limited': row(
    429,
    'RESOURCE_EXHAUSTED',
    'Too many requests',
    true,
    'Wait for `Retry-After` seconds.',
  ),
  'request-cancelled': row(
    499,
    'CANCELLED',
    'The client closed the request',
    true,
    'None: nobody reads this.',
  ),
  internal: row(500, 'INTERNAL', 'Internal error', false, 'Report the request id.'),
  'encoder-protocol-error': row(
    502,
    'INTERNAL',
    'The encoder gave an unusable answer',
    false,
    'Report the request id; the operator finds the cause in the log.',
  ),
  overloaded: row(503, 'RESOURCE_EXHAUSTED', 'Overloaded', true, 'Wait for `Retry-After` seconds.'),
  'encoder-unavailable': row(
    503,
    'UNAVAILABLE',
    'The encoder is not available',
    true,
    'Wait for `Retry-After` seconds.',
  ),
  'model-not-ready': row(
    503,
    'UNAVAILABLE',
    'The model is not ready',
    true,
    'Wait for `Retry-After` seconds.',
  ),
  'shutting-down': row(
    503,
    'UNAVAILABLE',
    'The server is shutting down',
    true,
    'Send the request to another replica.',
  ),
  'deadline-exceeded': row(
    504,
    'DEADLINE_EXCEEDED',
    'Not finished in time',
    true,
    'Allow more time, or send less.',
  ),
} as const satisfies Record<string, ErrorCodeRow>;

export type ErrorCode = keyof typeof errorCodes;
