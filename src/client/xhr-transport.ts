import type { Exchange, Transport } from './exchange.ts';
import { TesseraConnectionError } from './tessera-connection-error.ts';

/** As much of XMLHttpRequest as is used here: the types of this project are those of Node. */
interface Xhr {
  readonly upload: {
    onprogress: ((event: { loaded: number; total: number; lengthComputable: boolean }) => void) | null;
  };
  readonly status: number;
  readonly statusText: string;
  readonly response: unknown;
  responseType: string;
  onload: (() => void) | null;
  onerror: (() => void) | null;
  open(method: string, url: string): void;
  setRequestHeader(name: string, value: string): void;
  getAllResponseHeaders(): string;
  send(body: Blob | null): void;
  abort(): void;
}

/** The constructor of a browser; undefined in Node and Workers. */
export type XhrConstructor = new () => Xhr;
export const platformXhr = (globalThis as { XMLHttpRequest?: XhrConstructor }).XMLHttpRequest;

function readHeaders(xhr: Xhr): Headers {
  const headers = new Headers();
  for (const line of xhr.getAllResponseHeaders().split('\r\n')) {
    const cut = line.indexOf(':');
    if (cut > 0) headers.append(line.slice(0, cut), line.slice(cut + 1).trim());
  }
  return headers;
}

function send(xhr: Xhr, exchange: Exchange, content: Blob | null): Promise<Response> {
  const { method, url, headers, signal, onUploadProgress } = exchange;
  return new Promise<Response>((resolve, reject) => {
    const onAbort = (): void => {
      xhr.abort();
      reject(signal!.reason as Error);
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    const end = (settle: () => void): void => {
      signal?.removeEventListener('abort', onAbort);
      settle();
    };
    xhr.upload.onprogress = ({ loaded, total, lengthComputable }) =>
      onUploadProgress?.({ sentBytes: loaded, totalBytes: lengthComputable ? total : undefined });
    xhr.onerror = () =>
      end(() => reject(new TesseraConnectionError('unreachable', 'The request got no answer.')));
    xhr.onload = () => {
      const { status, statusText } = xhr;
      const body = xhr.response as ArrayBuffer;
      end(() => resolve(new Response(body, { status, statusText, headers: readHeaders(xhr) })));
    };
    xhr.open(method, url);
    xhr.responseType = 'arraybuffer';
    for (const [name, value] of Object.entries(headers)) xhr.setRequestHeader(name, value);
    xhr.send(content);
  });
}

/** A transport that tells the progress of uploads where Fetch cannot: in browsers. The reply is there when all of it is. */
export function createXhrTransport(Constructor: XhrConstructor): Transport {
  return async (exchange) => {
    exchange.signal?.throwIfAborted();
    const content = exchange.body?.open() ?? null;
    return send(
      new Constructor(),
      exchange,
      content instanceof ReadableStream ? await collect(content) : content,
    );
  };
}

/** All of a stream: browsers send streams over HTTP/2 at best, and XMLHttpRequest not at all. */
export const collect = (stream: ReadableStream<Uint8Array>): Promise<Blob> => new Response(stream).blob();
