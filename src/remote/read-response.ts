import type { IncomingMessage } from 'node:http';
import { AppError } from '#src/domain/app-error.ts';
import type { RemoteFetchBounds } from '#src/ports/remote-fetcher.ts';

const tooLarge = (maxBytes: number): AppError =>
  new AppError('payload-too-large', `The file at the address is larger than ${maxBytes} bytes.`);

/** Refuses what the head already gives away: no file, a page, an encoded body (never decoded, so no bomb), too many bytes. */
function assertHead({ statusCode, headers }: IncomingMessage, maxBytes: number): void {
  if (statusCode !== 200) {
    throw new AppError('url-unreachable', `The server of the address answers with status ${statusCode}.`);
  }
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    throw new AppError('url-unreachable', 'The server of the address sends the file encoded, unasked.');
  }
  if (headers['content-type']?.toLowerCase().startsWith('text/html') === true) {
    throw new AppError('unsupported-media-type', 'At the address is a page (text/html), not an image.');
  }
  if (Number(headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes);
}

/** The body of a reply, within the bounds. Throws AppError, or Node's error when it breaks off; the caller lets go of the reply. */
export async function readResponse(
  response: IncomingMessage,
  { maxBytes, onBytes }: RemoteFetchBounds,
): Promise<Uint8Array> {
  assertHead(response, maxBytes);
  const chunks: Buffer[] = [];
  let total = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    total += chunk.byteLength;
    if (total > maxBytes) throw tooLarge(maxBytes);
    onBytes(chunk.byteLength);
    chunks.push(chunk);
  }
  if (total === 0) throw new AppError('malformed-request', 'The file at the address is empty.');
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, total);
}
