import type { AppError } from '#src/domain/app-error.ts';

/** Body of `application/problem+json` (RFC 9457) as this service writes it. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
  readonly code: string;
  /** `detail` and the first faults in one line: what OpenAI clients show of an error, and nothing else of it. */
  readonly message: string;
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[];
}

/** The detail of a fault of ours is for the log. A state (overloaded, not ready) is told as it is: it holds nothing internal. */
function publicDetail({ code, detail, row }: AppError): string {
  if (code === 'internal') return 'An unexpected error occurred.';
  return row.status >= 500 && !row.retryable ? `${row.title}.` : detail;
}

/** Faults that stand in `message`; the others are in `errors`. */
const maxToldFaults = 3;

function messageOf(detail: string, { faults }: AppError): string {
  const told = faults.slice(0, maxToldFaults).map((fault) => `${fault.pointer}: ${fault.detail}`);
  const more = faults.length > told.length ? ['…'] : [];
  return told.length === 0 ? detail : `${detail} (${[...told, ...more].join('; ')})`;
}

/** @param requestId becomes `instance`, so that a client's report finds the log line. */
export function toProblem(error: AppError, requestId: string): Problem {
  const { row } = error;
  const detail = publicDetail(error);
  return {
    type: `urn:tessera:problem:${error.code}`,
    title: row.title,
    status: row.status,
    detail,
    instance: `urn:tessera:request:${requestId}`,
    code: error.code,
    message: messageOf(detail, error),
    ...(error.faults.length > 0 ? { errors: error.faults } : {}),
  };
}

/** The HTTP reply of an error; `Retry-After` whenever the error knows when to come back. */
export function problemResponse(
  error: AppError,
  requestId: string,
  extensions: Readonly<Record<string, unknown>> = {},
): Response {
  const headers = new Headers({ 'content-type': 'application/problem+json' });
  if (error.row.retryable && error.row.status !== 499) {
    headers.set('retry-after', String(Math.max(1, Math.ceil(error.retryAfterSeconds ?? 1))));
  }
  if (error.row.status === 401) headers.set('www-authenticate', 'Bearer realm="tessera"');
  const body = JSON.stringify({ ...toProblem(error, requestId), ...extensions });
  return new Response(body, { status: error.row.status, headers });
}
