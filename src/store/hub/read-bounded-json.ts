import { HubError } from './hub-error.ts';
import { readPiece } from './read-piece.ts';

/** Some 100,000 files with their digests; the largest model repositories have hundreds. */
const maxBytes = 32 * 1024 * 1024;

/**
 * A JSON body of a bounded size; undefined when it is no JSON, breaks off, or is silent for `idleMs`. Throws HubError `protocol` beyond
 * the bound: a hub that never ends must not fill the memory.
 */
export async function readBoundedJson({ body }: Response, idleMs: number): Promise<unknown> {
  if (body === null) return undefined;
  const reader = body.getReader() as ReadableStreamDefaultReader<Uint8Array>;
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for (
      let chunk = await readPiece(reader, idleMs);
      chunk !== undefined;
      chunk = await readPiece(reader, idleMs)
    ) {
      bytes += chunk.byteLength;
      if (bytes > maxBytes)
        throw new HubError('protocol', `The hub’s list is larger than ${maxBytes} bytes.`);
      chunks.push(chunk);
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    return undefined;
  }
}
