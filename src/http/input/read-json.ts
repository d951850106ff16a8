import { z } from '@hono/zod-openapi';
import { AppError } from '#src/domain/app-error.ts';
import type { LabelledUpload } from '#src/pipeline/classify-images.ts';
import type { HttpLimits } from '#src/http/deps.ts';
import { assertJsonSize } from './json-size.ts';
import { parseJsonText } from './parse-json-text.ts';
import { validate } from './validate.ts';
import { readInputReference } from './input-reference.ts';
import { readWholeBody, type BodyBounds } from './read-body.ts';
import { tooManyItems, type RawAnalysisRequest } from './read-multipart.ts';

const inputSchema = z.union([z.string(), z.array(z.string()).min(1)], {
  error: 'A data URI, or a non-empty array of data URIs.',
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

/** Reads an `application/json` body: `input` (one or many), `examples`, and everything else as options. */
export async function readJson(
  request: Request,
  limits: HttpLimits,
  bounds: BodyBounds,
): Promise<RawAnalysisRequest> {
  const body = await readWholeBody(request, bounds);
  if (body.byteLength === 0) throw new AppError('malformed-request', 'The body is empty.');
  assertJsonSize(body, limits.maxItems);
  const parsed = parseJsonText(decodeUtf8(body), '');
  const { input, examples = [] } = validate(bodySchema, parsed);
  // From the text itself, not from the schema's output, which leaves out a key named __proto__ without a word.
  const entries = Object.entries(parsed as object) as [string, unknown][];
  const jsonOptions = Object.fromEntries(entries.filter(([key]) => key !== 'input' && key !== 'examples'));
  const inputs = typeof input === 'string' ? [input] : input;
  if (inputs.length + examples.length > limits.maxItems) throw tooManyItems(limits.maxItems);
  const toItem = (text: string) => readInputReference(text, limits.maxFileBytes);
  return {
    items: inputs.map(toItem),
    examples: examples.map(({ label, input: text }): LabelledUpload => ({ label, item: toItem(text) })),
    textOptions: {},
    jsonOptions,
  };
}
