import type {
  ClassificationResponse,
  EmbeddingLine,
  EmbeddingResponse,
  EmbeddingStreamLine,
  FailedEmbedding,
} from './gen/types.ts';
import { decodeVector } from './decode-vector.ts';
import type {
  ArrayFile,
  ClassificationReply,
  EmbeddingReply,
  EmbeddingStreamItem,
  ImageEmbedding,
  ReplyHead,
} from './tessera-client.ts';
import { TesseraConnectionError } from './tessera-connection-error.ts';

const broken = (message: string, cause?: unknown): TesseraConnectionError =>
  new TesseraConnectionError('broken-reply', message, cause);

const headOf = ({ status, headers }: Response): ReplyHead => ({
  status,
  requestId: headers.get('x-request-id') ?? undefined,
  serverTiming: headers.get('server-timing') ?? undefined,
});

/** All of a body, or TesseraConnectionError `broken-reply` when it is cut; the signal's reason when that ended it. */
async function readAll<Value>(read: () => Promise<Value>, signal: AbortSignal | undefined): Promise<Value> {
  try {
    return await read();
  } catch (cause) {
    if (signal?.aborted === true) throw signal.reason;
    throw broken('The reply was cut or is not what the service sends.', cause);
  }
}

/** A JSON object. Its members are those of the service's description, which is what the version of both sides stands for. */
export async function readJson<Body extends object>(
  response: Response,
  signal: AbortSignal | undefined,
): Promise<Body> {
  const body = await readAll<unknown>(() => response.json(), signal);
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw broken('The reply is no object.');
  return body as Body;
}

export const readText = (response: Response, signal: AbortSignal | undefined): Promise<string> =>
  readAll(() => response.text(), signal);

/** Throws TesseraConnectionError when a list reply has no list. */
function assertItems({ data }: { readonly data: unknown }): void {
  if (!Array.isArray(data)) throw broken('The reply has no list of items.');
}

export async function readEmbeddings(
  response: Response,
  signal: AbortSignal | undefined,
): Promise<EmbeddingReply> {
  const body = await readJson<EmbeddingResponse>(response, signal);
  assertItems(body);
  const data = body.data.map((item): ImageEmbedding | FailedEmbedding =>
    item.object === 'error' ? item : { ...item, embedding: decodeVector(item.embedding) },
  );
  return { ...body, data, reply: headOf(response) };
}

export async function readClassifications(
  response: Response,
  signal: AbortSignal | undefined,
): Promise<ClassificationReply> {
  const body = await readJson<ClassificationResponse>(response, signal);
  assertItems(body);
  return { ...body, reply: headOf(response) };
}

export async function readArrayFile(response: Response, signal: AbortSignal | undefined): Promise<ArrayFile> {
  const bytes = new Uint8Array(await readAll(() => response.arrayBuffer(), signal));
  const { headers } = response;
  return { bytes, mediaType: headers.get('content-type') ?? '', headers, reply: headOf(response) };
}

/** A line of a stream with its vector as numbers. Kinds that this version does not know are no fault of the reply. */
export function toStreamItem(line: EmbeddingStreamLine): EmbeddingStreamItem {
  if (line.object !== 'embedding') return line;
  const embedded: EmbeddingLine = line;
  return { ...embedded, embedding: decodeVector(embedded.embedding) };
}
