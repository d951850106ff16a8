import { z } from '@hono/zod-openapi';
import { AppError } from '#src/domain/app-error.ts';
import type { HttpLimits } from '#src/http/deps.ts';
import { assertJsonSize } from './json-size.ts';
import { parseJsonText } from './parse-json-text.ts';
import { validate } from './validate.ts';
import type { ReferringRequest, RequestInput } from './fetch-remote-inputs.ts';
import { isAddress, readInputReference } from './input-reference.ts';
import { readWholeBody, type BodyBounds } from './read-body.ts';
import { tooManyItems } from './read-multipart.ts';

const inputSchema = z.union([z.string(), z.array(z.string()).min(1)], {
  error: 'A data URI or an https URL, or a non-empty array of them.',
});
const exampleSchema = z.strictObject({ label: z.string(), input: z.string() });
const bodySchema = z.looseObject({ input: inputSchema, examples: z.array(exampleSchema).optional() });

const decoder = new TextDecoder('utf-8', { fatal: true });

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw new AppError('malformed-request', 'The body is not valid UTF-8.', { cause });
  }
}

/** Reads an `application/json` body: `input` (one or many), `examples`, and everything else as options. Addresses are not fetched yet. */
export async function readJson(
  request: Request,
  limits: HttpLimits,
  bounds: BodyBounds,
): Promise<ReferringRequest> {
  const body = await readWholeBody(request, bounds);
  if (body.byteLength === 0)
    throw new AppError('malformed-request', 'The body is empty; it must be a JSON object with an "input".');
  assertJsonSize(body, limits.maxItems);
  const parsed = parseJsonText(decodeUtf8(body), '');
  const { input, examples = [] } = validate(bodySchema, parsed);
  // From the text itself, not from the schema's output, which leaves out a key named __proto__ without a word.
  const entries = Object.entries(parsed as object) as [string, unknown][];
  const jsonOptions = Object.fromEntries(entries.filter(([key]) => key !== 'input' && key !== 'examples'));
  const inputs = typeof input === 'string' ? [input] : input;
  if (inputs.length + examples.length > limits.maxItems) throw tooManyItems(limits.maxItems);
  const toInput = (text: string): RequestInput =>
    isAddress(text) ? { url: text } : readInputReference(text, limits.maxFileBytes);
  return {
    items: inputs.map(toInput),
    examples: examples.map(({ label, input: text }) => ({ label, item: toInput(text) })),
    textOptions: {},
    jsonOptions,
  };
}
