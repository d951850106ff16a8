import type { Exchange, Transport, UploadBody, UploadProgress } from './exchange.ts';
import { TesseraConnectionError } from './tessera-connection-error.ts';

type Fetch = typeof globalThis.fetch;

/** Tells how many bytes the platform has taken; that is a little ahead of what has left the machine. */
function countBytes(
  content: Blob | ReadableStream<Uint8Array>,
  totalBytes: number | undefined,
  onUploadProgress: (progress: UploadProgress) => void,
): ReadableStream<Uint8Array> {
  let sentBytes = 0;
  const counter = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      sentBytes += chunk.byteLength;
      controller.enqueue(chunk);
      onUploadProgress({ sentBytes, totalBytes });
    },
  });
  const stream = content instanceof Blob ? (content.stream() as ReadableStream<Uint8Array>) : content;
  return stream.pipeThrough(counter);
}

function bodyInit(
  body: UploadBody | undefined,
  onUploadProgress: Exchange['onUploadProgress'],
): { body?: NonNullable<RequestInit['body']>; duplex?: 'half' } {
  if (body === undefined) return {};
  const content = body.open();
  const sent =
    onUploadProgress === undefined ? content : countBytes(content, body.byteLength, onUploadProgress);
  // Fetch asks for `duplex` with a stream: the reply is not looked at before its head has come.
  return sent instanceof Blob ? { body: sent } : { body: sent, duplex: 'half' };
}

/** A transport over Fetch. Progress makes the body a stream, which Node and Workers send in chunks and most browsers refuse. */
export function createFetchTransport(fetch: Fetch): Transport {
  return async ({ method, url, headers, body, signal, onUploadProgress }) => {
    try {
      return await fetch(url, {
        method,
        headers,
        // The service never redirects; following one would send images and the key to somewhere else.
        redirect: 'manual',
        ...(signal !== undefined && { signal }),
        ...bodyInit(body, onUploadProgress),
      });
    } catch (thrown) {
      if (signal?.aborted === true) throw signal.reason;
      const sourceError = body?.sourceError?.();
      if (sourceError !== undefined) throw sourceError as Error;
      throw new TesseraConnectionError('unreachable', 'The request got no answer.', thrown);
    }
  };
}
