/** What one download may take. */
export interface RemoteFetchBounds {
  /** Bytes of the file; more is `payload-too-large`. */
  readonly maxBytes: number;
  /** Told of bytes as they arrive; what it throws ends the download and is thrown on. */
  readonly onBytes: (count: number) => void;
  readonly signal: AbortSignal;
}

/**
 * Fetches files that clients name by their address. Implementations: the one that fetches from the hosts of an allow-list, and the
 * one that refuses every address because there is no list. Rejects with AppError only: `malformed-request`, `url-not-allowed`,
 * `url-unreachable`, `url-timeout`, `payload-too-large`, `unsupported-media-type`, or the reason of the signal.
 */
export interface RemoteFetcher {
  /** The bytes at an address, not yet known to be an image. The address never appears in an error: it may be a secret. */
  fetch(url: string, bounds: RemoteFetchBounds): Promise<Uint8Array>;
  /** Lets go of kept connections; to be called when nothing is fetched any more. */
  close(): void;
}
