import type { Transport, UploadBody } from './exchange.ts';
import { createFetchTransport } from './fetch-transport.ts';
import { collect, createXhrTransport, platformXhr, type XhrConstructor } from './xhr-transport.ts';

/** A body of streams as one that can be measured and sent again. */
async function buffered(body: UploadBody): Promise<UploadBody> {
  const content = body.open();
  const blob = content instanceof Blob ? content : await collect(content);
  return { contentType: body.contentType, byteLength: blob.size, isReplayable: true, open: () => blob };
}

/**
 * The way to the service on this platform. A `fetch` of the caller's is used for everything. Without one: Fetch, which streams in
 * Node and Workers; in browsers bodies are collected first, and XMLHttpRequest sends those whose progress is asked for.
 */
export function createTransport(
  fetch: typeof globalThis.fetch | undefined,
  Xhr: XhrConstructor | undefined = platformXhr,
): Transport {
  // Looked up at each call: tests and tracing replace it. Browsers want it called on the global object.
  if (fetch !== undefined) return createFetchTransport(fetch);
  const overFetch = createFetchTransport((input, init) => globalThis.fetch(input, init));
  if (Xhr === undefined) return overFetch;
  const overXhr = createXhrTransport(Xhr);
  return async (exchange) => {
    const body = exchange.body === undefined ? undefined : await buffered(exchange.body);
    const showsProgress = exchange.onUploadProgress !== undefined && exchange.isStreamed !== true;
    if (showsProgress) return overXhr({ ...exchange, body });
    return overFetch({ ...exchange, body, onUploadProgress: undefined });
  };
}
