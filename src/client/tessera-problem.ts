import type { Problem } from './gen/types.ts';

/** What a {@link TesseraProblem} is made of: the members of RFC 9457 and what the head of the reply told. */
export interface ProblemParts extends Problem {
  readonly requestId: string | undefined;
  readonly retryAfterMs: number | undefined;
}

/** The server answered that it will not do what was asked: an RFC 9457 problem. What to do about a code is in docs/errors.md. */
export class TesseraProblem extends Error {
  override readonly name = 'TesseraProblem';
  /** `urn:tessera:problem:<code>`; `about:blank` when the reply was no problem document (a proxy's error page). */
  readonly type: string;
  readonly title: string;
  /** HTTP status; of an item or a stream, the one it would have alone. */
  readonly status: number;
  readonly detail: string;
  /** Names this occurrence, for a report to the operator. */
  readonly instance: string;
  /** One of the catalogue; `unexpected-reply` when the reply was no problem document. */
  readonly code: string;
  /** Faults of the request, each with a JSON pointer. */
  readonly errors: readonly { readonly pointer: string; readonly detail: string }[];
  readonly requestId: string | undefined;
  /** How long the server asks to wait, in milliseconds. */
  readonly retryAfterMs: number | undefined;
  /** The whole document, with members that are not listed above (`dependencies` of /readyz). */
  readonly document: Readonly<Record<string, unknown>>;

  constructor(parts: ProblemParts) {
    super(`${parts.title}: ${parts.detail} (${parts.code})`);
    const { requestId, retryAfterMs, ...document } = parts;
    this.type = parts.type;
    this.title = parts.title;
    this.status = parts.status;
    this.detail = parts.detail;
    this.instance = parts.instance;
    this.code = parts.code;
    this.errors = parts.errors ?? [];
    this.requestId = requestId;
    this.retryAfterMs = retryAfterMs;
    this.document = document;
  }
}
