import type { EmbeddingStreamLine } from './gen/types.ts';
import { imageParts } from './analysis-body.ts';
import type { ImageBytes } from './image-input.ts';
import { streamMultipart, type Part } from './multipart-body.ts';
import { readLines } from './read-lines.ts';
import { toStreamItem } from './read-reply.ts';
import type { EmbeddingStreamItem } from './tessera-client.ts';
import { TesseraConnectionError } from './tessera-connection-error.ts';
import { TesseraProblem } from './tessera-problem.ts';
import type { UploadBody } from './exchange.ts';

async function* partsOf(
  images: Iterable<ImageBytes> | AsyncIterable<ImageBytes>,
  options: object,
): AsyncGenerator<Part, void, undefined> {
  yield* imageParts([], options);
  for await (const image of images) {
    const [, part] = imageParts([image], {});
    yield part!;
  }
}

/** What a stream needs of the client: its own way to send, with a signal that the stream can pull itself. */
export type SendStream = (body: UploadBody, signal: AbortSignal) => Promise<Response>;

/** See TesseraClient.streamEmbeddings. */
export async function* streamEmbeddings(
  send: SendStream,
  images: Iterable<ImageBytes> | AsyncIterable<ImageBytes>,
  options: object,
  signal: AbortSignal | undefined,
): AsyncGenerator<EmbeddingStreamItem, void, undefined> {
  // Whoever stops reading stops the upload too.
  const leaving = new AbortController();
  const both = signal === undefined ? leaving.signal : AbortSignal.any([signal, leaving.signal]);
  const body = streamMultipart(partsOf(images, options));
  let isComplete = false;
  try {
    const response = await send(body, both);
    if (response.body === null) throw new TesseraConnectionError('broken-reply', 'The reply is empty.');
    const requestId = response.headers.get('x-request-id') ?? undefined;
    for await (const line of readLines(response.body, both)) {
      const item = toStreamItem(line as EmbeddingStreamLine);
      isComplete ||= item.object === 'summary';
      yield item;
      if (item.object === 'summary' && item.error !== undefined) {
        throw new TesseraProblem({ ...item.error, requestId, retryAfterMs: undefined });
      }
    }
    if (!isComplete) throw new TesseraConnectionError('broken-reply', 'The reply was cut.');
  } catch (thrown) {
    // A source that failed broke the upload; what came of that is not the news.
    throw body.sourceError?.() ?? thrown;
  } finally {
    body.release?.();
    if (!isComplete) leaving.abort();
  }
}
