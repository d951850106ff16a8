import type { UploadBody } from './exchange.ts';
import { declaredType, toBlob, type ImageBytes } from './image-input.ts';

/** A part of `multipart/form-data`: an image, or the options as JSON. */
export type Part =
  { readonly name: string; readonly image: ImageBytes } | { readonly name: string; readonly json: object };

/** The three characters that the Fetch standard escapes in the name of a part. */
const escapeName = (name: string): string =>
  name.replaceAll('\n', '%0A').replaceAll('\r', '%0D').replaceAll('"', '%22');

/** RFC 2046 5.1.1. Not randomUUID, which browsers have in secure contexts alone. */
function createBoundary(): string {
  const random = crypto.getRandomValues(new Uint8Array(16));
  return `tessera-${Array.from(random, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}

/**
 * A body is `--boundary`, the parts, `--`, and a part ends with the delimiter that begins the next one: a reader knows that a part is
 * whole as soon as it is, not when the next one comes.
 */
function headOf(part: Part): string {
  const isImage = 'image' in part;
  return [
    '',
    // What makes a part a file is that it has a file name; the true one stays here.
    `Content-Disposition: form-data; name="${escapeName(part.name)}"${isImage ? '; filename="image"' : ''}`,
    ...(isImage ? [`Content-Type: ${declaredType(part.image)}`] : []),
    '',
    '',
  ].join('\r\n');
}

const tailOf = (boundary: string): string => `\r\n--${boundary}`;
const bodyEnd = '--\r\n';

const contentTypeOf = (boundary: string): string => `multipart/form-data; boundary=${boundary}`;

/** Chunks of the body, read from the sources as the transport takes them. */
async function* encode(
  parts: Iterable<Part> | AsyncIterable<Part>,
  boundary: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  const text = new TextEncoder();
  yield text.encode(`--${boundary}`);
  for await (const part of parts) {
    yield text.encode(headOf(part));
    if ('json' in part) yield text.encode(JSON.stringify(part.json));
    else {
      const stream = (toBlob(part.image)?.stream() ?? part.image) as ReadableStream<Uint8Array>;
      const reader = stream.getReader();
      try {
        for (let read = await reader.read(); !read.done; read = await reader.read()) yield read.value;
      } finally {
        // A source that is not read to its end is told so; one that is finished does not mind.
        void reader.cancel().catch(() => undefined);
      }
    }
    yield text.encode(tailOf(boundary));
  }
  yield text.encode(bodyEnd);
}

/** A body that is made while it is sent, once. What its sources throw ends the upload and is kept for the caller. */
export function streamMultipart(parts: Iterable<Part> | AsyncIterable<Part>): UploadBody {
  const boundary = createBoundary();
  const chunks = encode(parts, boundary);
  let sourceError: unknown;
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  let isReleased = false;
  const release = (): void => {
    if (isReleased) return;
    isReleased = true;
    // Not waited for: a source that is stuck would hold up the caller.
    void chunks.return().catch(() => undefined);
    controller?.error(new Error('The upload was ended.'));
  };
  const open = (): ReadableStream<Uint8Array> =>
    new ReadableStream<Uint8Array>(
      {
        start: (own) => {
          controller = own;
        },
        async pull(own) {
          try {
            const { done, value } = await chunks.next();
            if (isReleased) return;
            if (done === true) own.close();
            else own.enqueue(value);
          } catch (thrown) {
            sourceError = thrown;
            own.error(thrown);
          }
        },
        cancel: release,
      },
      // Nothing is read ahead: an image is opened when the transport asks for it.
      { highWaterMark: 0 },
    );
  return {
    contentType: contentTypeOf(boundary),
    byteLength: undefined,
    isReplayable: false,
    open,
    release,
    sourceError: () => sourceError,
  };
}

/** A body of known length that can be sent again; with a stream among its parts, one that cannot. */
export function multipartBody(parts: readonly Part[]): UploadBody {
  if (parts.some((part) => 'image' in part && toBlob(part.image) === undefined))
    return streamMultipart(parts);
  const boundary = createBoundary();
  const pieces = parts.flatMap((part) => [
    headOf(part),
    'json' in part ? JSON.stringify(part.json) : toBlob(part.image)!,
    tailOf(boundary),
  ]);
  const blob = new Blob([`--${boundary}`, ...pieces, bodyEnd]);
  return {
    contentType: contentTypeOf(boundary),
    byteLength: blob.size,
    isReplayable: true,
    open: () => blob,
  };
}
