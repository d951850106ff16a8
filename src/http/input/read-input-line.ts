import { z } from '@hono/zod-openapi';
import { AppError } from '#src/domain/app-error.ts';
import type { RequestInput } from './fetch-remote-inputs.ts';
import { isAddress, readInputReference } from './input-reference.ts';
import { assertJsonSize } from './json-size.ts';

/** Media type of a body with an input on each line. */
export const linesType = 'application/x-ndjson';

const lineSchema = z.union([
  z.string(),
  z.strictObject({ input: z.string() }).transform(({ input }) => input),
]);
const decoder = new TextDecoder('utf-8', { fatal: true });

/** Longest line that a file of the allowed size can need: base64 takes four characters for three bytes, and something stands around it. */
export const maxLineBytes = (maxFileBytes: number): number => Math.ceil((maxFileBytes * 4) / 3) + 1024;

/** One line, `{"input": "<data URI or https URL>"}` or the bare string, as an input; what is wrong with it is its own error. */
export function readInputLine(line: Uint8Array, maxFileBytes: number): RequestInput {
  try {
    assertJsonSize(line, 1);
    const text = lineSchema.parse(JSON.parse(decoder.decode(line)));
    return isAddress(text) ? { url: text } : readInputReference(text, maxFileBytes);
  } catch (cause) {
    const detail =
      'A line holds {"input": "…"} or a string in JSON, a data URI or an https URL, and no options.';
    return { ok: false, error: new AppError('malformed-request', detail, { cause }) };
  }
}
