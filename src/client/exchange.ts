/** How much of a request's body is on its way. */
export interface UploadProgress {
  readonly sentBytes: number;
  /** Undefined while the length of the body is not known (streams). */
  readonly totalBytes: number | undefined;
}

/** The body of a request. */
export interface UploadBody {
  readonly contentType: string;
  /** Undefined: made of streams. */
  readonly byteLength: number | undefined;
  /** A stream can be read once: such a request is never sent again. */
  readonly isReplayable: boolean;
  readonly open: () => Blob | ReadableStream<Uint8Array>;
  /** Stops reading the sources of a body that nobody wants any more; platforms go on with it when the reply is given up. */
  readonly release?: () => void;
  /** What the source of a stream threw while it was read, if it did: more to the point than what the platform makes of it. */
  readonly sourceError?: () => unknown;
}

/** One request, for any transport. */
export interface Exchange {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: UploadBody | undefined;
  readonly signal?: AbortSignal | undefined;
  /** The reply is read while it arrives, so the transport must not wait for its end. */
  readonly isStreamed?: boolean;
  readonly onUploadProgress?: ((progress: UploadProgress) => void) | undefined;
}

/** Sends one request once. Rejects with the signal's reason, or with TesseraConnectionError when no answer came. */
export type Transport = (exchange: Exchange) => Promise<Response>;
