/**
 * The error catalogue: one row per thing that can go wrong, as a client sees it (RFC 9457).
 * `retryable` means: the same request may succeed later without a change by the caller.
 */
export interface ErrorCodeRow {
  readonly status: number;
  readonly title: string;
  readonly retryable: boolean;
  /** What the caller can do about it; ends up in the documentation of the code. */
  readonly remedy: string;
}

const row = (status: number, title: string, retryable: boolean, remedy: string): ErrorCodeRow => ({
  status,
  title,
  retryable,
  remedy,
});

export const errorCodes = {
  'malformed-request': row(
    400,
    'The request is malformed',
    false,
    'Correct the request body or its options; `errors` points at each fault.',
  ),
  unauthenticated: row(401, 'A valid API key is required', false, 'Send `Authorization: Bearer <key>`.'),
  forbidden: row(403, 'Not allowed', false, 'Use a key or an origin that may do this.'),
  'url-not-allowed': row(
    403,
    'The address may not be fetched from',
    false,
    'Send the image itself, or ask the operator to allow the host.',
  ),
  'not-found': row(404, 'No such resource', false, 'Check the path.'),
  'model-not-found': row(404, 'No such model', false, 'List the models with `GET /v1/models`.'),
  'model-refused': row(
    404,
    'The model is not served',
    false,
    'Name another model. The operator finds the reason in `/v1/models`, and what to do by `tessera doctor`.',
  ),
  'method-not-allowed': row(405, 'Method not allowed', false, 'Use a method of the `Allow` header.'),
  'not-acceptable': row(
    406,
    'No representation matches Accept',
    false,
    'Ask for a type that the operation lists.',
  ),
  conflict: row(409, 'The request conflicts with the present state', false, 'Read the detail.'),
  'embedding-space-mismatch': row(
    409,
    'Vectors of different embedding spaces cannot be compared',
    false,
    'Use one model and one pooling for both sides.',
  ),
  'payload-too-large': row(413, 'Too many bytes', false, 'Send a smaller file or fewer of them.'),
  'image-too-large': row(413, 'Too many pixels', false, 'Send a smaller image.'),
  'too-many-items': row(413, 'Too many items in one request', false, 'Split the request.'),
  'unsupported-media-type': row(
    415,
    'The type of the content is not supported',
    false,
    'Send PNG, JPEG, TIFF, WebP, BMP or GIF.',
  ),
  'media-type-mismatch': row(
    415,
    'The content is not of the declared type',
    false,
    'Declare the true type, or application/octet-stream.',
  ),
  'undecodable-image': row(422, 'The image cannot be decoded', false, 'Check that the file is whole.'),
  'url-unreachable': row(
    422,
    'The address gives no file',
    false,
    'Check the address; when it is right, its server may answer later.',
  ),
  'url-timeout': row(
    422,
    'The address is too slow',
    false,
    'Send the image itself, or try again when its server is faster.',
  ),
  'unusable-input': row(422, 'The input is readable but cannot be used for this', false, 'Read the detail.'),
  'unsupported-by-model': row(
    422,
    'The model does not give what was asked for',
    false,
    'Ask for what `GET /v1/models` lists under `outputs` and `poolings`, or name another model.',
  ),
  'rate-limited': row(429, 'Too many requests', true, 'Wait for `Retry-After` seconds.'),
  'request-cancelled': row(499, 'The client closed the request', true, 'None: nobody reads this.'),
  internal: row(500, 'Internal error', false, 'Report the request id.'),
  'encoder-protocol-error': row(
    502,
    'The encoder gave an unusable answer',
    false,
    'Report the request id; the operator finds the cause in the log.',
  ),
  overloaded: row(503, 'Overloaded', true, 'Wait for `Retry-After` seconds.'),
  'encoder-unavailable': row(503, 'The encoder is not available', true, 'Wait for `Retry-After` seconds.'),
  'model-not-ready': row(503, 'The model is not ready', true, 'Wait for `Retry-After` seconds.'),
  'decoder-unavailable': row(503, 'The decoder is not available', true, 'Wait for `Retry-After` seconds.'),
  'shutting-down': row(503, 'The server is shutting down', true, 'Send the request to another replica.'),
  'deadline-exceeded': row(504, 'Not finished in time', true, 'Allow more time, or send less.'),
} as const satisfies Record<string, ErrorCodeRow>;

export type ErrorCode = keyof typeof errorCodes;
