import { TesseraConnectionError } from './tessera-connection-error.ts';

/** A line holds one embedding, some kilobytes; anything near this is not from the service. */
const maxLineLength = 16 * 1024 * 1024;

const broken = (message: string, cause?: unknown): TesseraConnectionError =>
  new TesseraConnectionError('broken-reply', message, cause);

function parseLine(line: string): { readonly object: string } {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw broken('A line of the reply is not JSON.', cause);
  }
  if (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as { object?: unknown }).object === 'string'
  ) {
    return value as { readonly object: string };
  }
  throw broken('A line of the reply is not an object of the service.');
}

/**
 * The documents of `application/x-ndjson`, one a line, as they arrive. Leaving early cancels the reply.
 * Throws TesseraConnectionError `broken-reply` for a line that is none and for a reply that is cut.
 */
export async function* readLines(
  body: ReadableStream<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<{ readonly object: string }, void, undefined> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((cause: unknown) => {
        if (signal?.aborted === true) throw signal.reason;
        throw broken('The reply was cut.', cause);
      });
      rest += decoder.decode(value, { stream: !done });
      const lines = rest.split('\n');
      rest = lines.pop()!;
      if (rest.length > maxLineLength) throw broken('A line of the reply has no end.');
      for (const line of lines) if (line !== '') yield parseLine(line);
      if (!done) continue;
      if (rest !== '') throw broken('The reply was cut.');
      return;
    }
  } finally {
    void reader.cancel().catch(() => undefined);
  }
}
