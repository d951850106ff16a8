import type { HttpLimits } from '#src/http/deps.ts';
import type { ReferringRequest, RequestInput } from './fetch-remote-inputs.ts';
import { readBody, type BodyBounds } from './read-body.ts';
import { maxLineBytes, readInputLine } from './read-input-line.ts';
import { tooManyItems } from './read-multipart.ts';
import { splitLines } from './split-lines.ts';

/** Reads an `application/x-ndjson` body whole: an input on each line, options in the query alone. */
export async function readLines(
  request: Request,
  limits: HttpLimits,
  bounds: BodyBounds,
): Promise<ReferringRequest> {
  const items: RequestInput[] = [];
  for await (const line of splitLines(readBody(request, bounds), maxLineBytes(limits.maxFileBytes))) {
    if (items.length === limits.maxItems) throw tooManyItems(limits.maxItems);
    items.push(readInputLine(line, limits.maxFileBytes));
  }
  return { items, examples: [], textOptions: {}, jsonOptions: {} };
}
