import {
  MaxFileSizeExceededError,
  MaxPartsExceededError,
  MultipartParser,
  getMultipartBoundary,
  type MultipartPart,
} from '@remix-run/multipart-parser';
import { AppError } from '#src/domain/app-error.ts';
import type { LabelledUpload } from '#src/pipeline/classify-images.ts';
import type { UploadItem } from '#src/pipeline/item-result.ts';
import type { HttpLimits } from '#src/http/deps.ts';
import { fileTooLarge } from './input-reference.ts';
import { parseJsonText } from './parse-json-text.ts';
import { joinChunks, readBody, type BodyBounds } from './read-body.ts';

export interface RawAnalysisRequest {
  readonly items: readonly UploadItem[];
  readonly examples: readonly LabelledUpload[];
  /** Options as they came: text from queries and form fields, JSON values from JSON. */
  readonly textOptions: Readonly<Record<string, string>>;
  readonly jsonOptions: Readonly<Record<string, unknown>>;
}

/** Part name of a labelled example: `example:<label>`. */
const examplePrefix = 'example:';
/** Form fields beside files: every option once, and some room. */
const maxFields = 64;
/** A field is an option, not a document. */
const maxFieldBytes = 64 * 1024;

type Collected = {
  items: UploadItem[];
  examples: LabelledUpload[];
  textOptions: Record<string, string>;
  jsonOptions: Record<string, unknown>;
};

function toItem(part: MultipartPart): UploadItem {
  const bytes = joinChunks(part.content);
  if (bytes.byteLength === 0)
    return { ok: false, error: new AppError('malformed-request', 'The file is empty.') };
  return { ok: true, bytes, declaredType: part.mediaType?.toLowerCase() };
}

function collectField(collected: Collected, name: string, part: MultipartPart): void {
  if (part.size > maxFieldBytes) {
    throw new AppError('payload-too-large', `A form field is larger than ${maxFieldBytes} bytes.`);
  }
  if (name === 'options') {
    const options = parseJsonText(part.text, '/options');
    if (typeof options !== 'object' || options === null || Array.isArray(options)) {
      throw new AppError('malformed-request', 'The options part must hold a JSON object.', {
        faults: [{ pointer: '/options', detail: 'Not an object.' }],
      });
    }
    Object.assign(collected.jsonOptions, options);
    return;
  }
  if (Object.hasOwn(collected.textOptions, name)) {
    throw new AppError('malformed-request', 'An option was given twice.', {
      faults: [{ pointer: `/${name}`, detail: 'Given twice.' }],
    });
  }
  // A null-prototype record: a field named __proto__ is an unknown option, not a prototype.
  collected.textOptions[name] = part.text;
}

function collectPart(collected: Collected, part: MultipartPart, limits: HttpLimits): void {
  const name = part.name ?? '';
  if (name === 'file') collected.items.push(toItem(part));
  else if (name.startsWith(examplePrefix)) {
    collected.examples.push({ label: name.slice(examplePrefix.length), item: toItem(part) });
  } else if (part.filename !== undefined && name !== 'options') {
    throw new AppError('malformed-request', 'Files travel in parts named "file" or "example:<label>".', {
      faults: [{ pointer: '', detail: 'A file came under another part name.' }],
    });
  } else collectField(collected, name, part);
  if (collected.items.length + collected.examples.length > limits.maxItems)
    throw tooManyItems(limits.maxItems);
}

export const tooManyItems = (maxItems: number): AppError =>
  new AppError('too-many-items', `A request may hold at most ${maxItems} files.`);

function toParseError(thrown: unknown, limits: HttpLimits): unknown {
  if (thrown instanceof AppError) return thrown;
  if (thrown instanceof MaxFileSizeExceededError) return fileTooLarge(limits.maxFileBytes);
  if (thrown instanceof MaxPartsExceededError) return tooManyItems(limits.maxItems);
  return new AppError('malformed-request', 'The multipart body is malformed.', { cause: thrown });
}

/**
 * Reads `multipart/form-data` part by part: files, labelled examples and options, within the byte and count limits.
 * Throws AppError `malformed-request`, `payload-too-large`, `too-many-items`, and what {@link readBody} throws.
 */
export async function readMultipart(
  request: Request,
  limits: HttpLimits,
  bounds: BodyBounds,
): Promise<RawAnalysisRequest> {
  const boundary = getMultipartBoundary(request.headers.get('content-type') ?? '');
  // RFC 2046 5.1.1 bounds the boundary at 70 characters.
  if (boundary === null || boundary.length > 70) {
    throw new AppError('malformed-request', 'The Content-Type has no usable multipart boundary.');
  }
  const parser = new MultipartParser(boundary, {
    maxFileSize: limits.maxFileBytes,
    maxParts: limits.maxItems + maxFields,
    maxTotalSize: limits.maxRequestBytes,
  });
  const collected: Collected = {
    items: [],
    examples: [],
    textOptions: Object.create(null) as Record<string, string>,
    jsonOptions: {},
  };
  try {
    for await (const chunk of readBody(request, bounds)) {
      for (const part of parser.write(chunk)) collectPart(collected, part, limits);
    }
    parser.finish();
  } catch (thrown) {
    throw toParseError(thrown, limits);
  }
  return collected;
}
