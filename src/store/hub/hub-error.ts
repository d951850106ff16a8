/** What went wrong with a hub, for the one who has to do something about it. */
export type HubFault =
  | 'unauthorized'
  | 'gated'
  | 'not-found'
  | 'unavailable'
  | 'corrupt'
  | 'protocol'
  | 'no-licence'
  | 'no-weights'
  | 'exists'
  /** A token would travel unprotected. */
  | 'insecure'
  /** A file cannot be written or read here. */
  | 'storage';

/** A failed pull; the message names files and status codes, never a token. */
export class HubError extends Error {
  override readonly name = 'HubError';
  readonly fault: HubFault;

  constructor(fault: HubFault, message: string, cause?: unknown) {
    super(message, { cause });
    this.fault = fault;
  }
}
