import { AppError } from '#src/domain/app-error.ts';
import { joinChunks } from './read-body.ts';

const newline = 0x0a;

/**
 * The lines of a body as they arrive, without their ends; the last one needs none. Empty lines are passed over.
 * Throws `payload-too-large` as soon as a line is longer than `maxLineBytes`, whether or not it ever ends.
 */
export async function* splitLines(
  chunks: AsyncIterable<Uint8Array>,
  maxLineBytes: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  let parts: Uint8Array[] = [];
  let length = 0;
  const add = (part: Uint8Array): void => {
    length += part.byteLength;
    if (length > maxLineBytes) {
      throw new AppError('payload-too-large', `A line of the body is longer than ${maxLineBytes} bytes.`);
    }
    parts.push(part);
  };
  const take = (): Uint8Array => {
    const line = joinChunks(parts);
    parts = [];
    length = 0;
    return line;
  };
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, from)) {
      add(chunk.subarray(from, end));
      from = end + 1;
      const line = take();
      if (!isBlank(line)) yield line;
    }
    if (from < chunk.byteLength) add(chunk.subarray(from));
  }
  const last = take();
  if (!isBlank(last)) yield last;
}

/** Nothing but spaces, tabs and carriage returns: a line of `\r\n` ends is read as one of `\n` ends. */
const isBlank = (line: Uint8Array): boolean =>
  line.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d);
