/**
 * No usable answer came: `unreachable`, the request or its reply was lost on the way (or refused before anything was sent);
 * `broken-reply`, an answer came that is not what the service sends, or not all of it. `cause` holds what the platform said.
 */
export class TesseraConnectionError extends Error {
  override readonly name = 'TesseraConnectionError';
  readonly kind: 'unreachable' | 'broken-reply';

  constructor(kind: 'unreachable' | 'broken-reply', message: string, cause?: unknown) {
    super(message, { cause });
    this.kind = kind;
  }
}
