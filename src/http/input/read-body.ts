import { AppError } from '#src/domain/app-error.ts';
import type { ByteLease } from './byte-budget.ts';

/** What bounds the reading of one body. */
export interface BodyBounds {
  readonly maxBytes: number;
  readonly lease: ByteLease;
  readonly signal: AbortSignal;
}

const tooLarge = (maxBytes: number): AppError =>
  new AppError('payload-too-large', `The request body is larger than ${maxBytes} bytes.`);

/** Refuses what the head of the request already gives away: an encoded body, or a declared length over the limit. */
function assertHead(request: Request, maxBytes: number): void {
  const encoding = request.headers.get('content-encoding');
  if (encoding !== null && encoding.toLowerCase() !== 'identity') {
    throw new AppError(
      'unsupported-media-type',
      'Encoded request bodies are not accepted; send the body as it is.',
    );
  }
  const declared = Number(request.headers.get('content-length') ?? 0);
  if (declared > maxBytes) throw tooLarge(maxBytes);
}

/**
 * The chunks of a request body, counted against the request's limit and the common budget as they arrive.
 * Throws AppError: `payload-too-large`, `overloaded`, `unsupported-media-type`, `malformed-request` (the connection broke off),
 * or the reason of the signal.
 */
export async function* readBody(
  request: Request,
  bounds: BodyBounds,
): AsyncGenerator<Uint8Array, void, undefined> {
  assertHead(request, bounds.maxBytes);
  if (request.body === null) return;
  const reader = request.body.getReader() as ReadableStreamDefaultReader<Uint8Array>;
  const cancel = (): void => void reader.cancel(bounds.signal.reason).catch(() => undefined);
  bounds.signal.addEventListener('abort', cancel, { once: true });
  let total = 0;
  let isDone = false;
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((cause: unknown) => {
        throw new AppError('malformed-request', 'The request body ended early.', { cause });
      });
      if (bounds.signal.aborted) throw AppError.from(bounds.signal.reason);
      if (done) break;
      total += value.byteLength;
      if (total > bounds.maxBytes) throw tooLarge(bounds.maxBytes);
      bounds.lease.charge(value.byteLength);
      yield value;
    }
    isDone = true;
  } catch (thrown) {
    if (bounds.signal.aborted) throw AppError.from(bounds.signal.reason);
    throw thrown;
  } finally {
    bounds.signal.removeEventListener('abort', cancel);
    if (!isDone) cancel();
  }
}

/** The whole body in one piece, within the same bounds. */
export async function readWholeBody(request: Request, bounds: BodyBounds): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of readBody(request, bounds)) chunks.push(chunk);
  return joinChunks(chunks);
}

/** Joins chunks; a single one is handed on without a copy. */
export function joinChunks(chunks: readonly Uint8Array[]): Uint8Array {
  if (chunks.length === 1) return chunks[0]!;
  const joined = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0));
  let offset = 0;
  for (const chunk of chunks) {
    joined.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return joined;
}
