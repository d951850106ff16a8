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
import { pointerOf } from './validate.ts';

/** @typeParam Item what a file is: its bytes, or also where they are. */
export interface RawAnalysisRequest<Item = UploadItem> {
  readonly items: readonly Item[];
  readonly examples: readonly { readonly label: string; readonly item: Item }[];
  /** Zip archives of examples, not yet unpacked. */
  readonly exampleArchives?: readonly UploadItem[];
  /** Options as they came: text from queries and form fields, JSON values from JSON. */
  readonly textOptions: Readonly<Record<string, string>>;
  readonly jsonOptions: Readonly<Record<string, unknown>>;
}

/** Part name of a labelled example: `example:<label>`. */
const examplePrefix = 'example:';
/** Part name of a zip archive of examples, a folder per label. */
const exampleArchiveName = 'examples';
/** Form fields beside files: every option once, and some room. */
export const maxFields = 64;
/** A field is an option, not a document. */
const maxFieldBytes = 64 * 1024;

type Collected = {
  items: UploadItem[];
  examples: LabelledUpload[];
  exampleArchives: UploadItem[];
  textOptions: Record<string, string>;
  jsonOptions: Record<string, unknown>;
};

/** A short text on one line: what `-F file=scan.png` sends when the @ that makes curl read the file is missing. */
const shortText = /^[^\p{Cc}]+$/u;
const maxShortTextBytes = 1024;

/** Is this a text where a file should be? Every browser and curl name a file that they send; some clients do not. */
const isTextForFile = (part: MultipartPart, bytes: Uint8Array): boolean =>
  part.filename === undefined &&
  bytes.byteLength <= maxShortTextBytes &&
  shortText.test(new TextDecoder().decode(bytes));

export function toItem(part: MultipartPart): UploadItem {
  const bytes = joinChunks(part.content);
  if (bytes.byteLength === 0)
    return { ok: false, error: new AppError('malformed-request', 'The file is empty.') };
  if (isTextForFile(part, bytes)) {
    const detail =
      'A part for a file holds a short text, perhaps the name of the file. With curl, write @ before the name: -F file=@image.png.';
    return { ok: false, error: new AppError('malformed-request', detail) };
  }
  return { ok: true, bytes, declaredType: part.mediaType?.toLowerCase() };
}

/** The name as it was written; the parser's own reading drops backslashes and outer spaces, and a name may be a label. */
const quotedName = /;\s*name="([^"]*)"/i;

/** Name of a part. The Fetch standard escapes three characters in it; every browser does, and curl since 7.81. */
export function nameOf(part: MultipartPart): string {
  const written = quotedName.exec(part.headers['content-disposition'] ?? '')?.[1] ?? part.name ?? '';
  if (written.includes('\\')) {
    // A browser means the backslash, an older client an escape: a label must not change without a word.
    throw new AppError(
      'malformed-request',
      'A part’s name holds a backslash; send the labels in a JSON body.',
    );
  }
  return written.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%22', '"');
}

function addOption(options: Record<string, unknown>, name: string, value: unknown): void {
  if (Object.hasOwn(options, name)) {
    throw new AppError('malformed-request', 'An option was given twice.', {
      faults: [{ pointer: pointerOf([name]), detail: 'Given twice.' }],
    });
  }
  options[name] = value;
}

export function collectField(
  collected: Pick<Collected, 'textOptions' | 'jsonOptions'>,
  name: string,
  part: MultipartPart,
): void {
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
    for (const [key, value] of Object.entries(options)) addOption(collected.jsonOptions, key, value);
    return;
  }
  addOption(collected.textOptions, name, part.text);
}

function collectPart(collected: Collected, part: MultipartPart, limits: HttpLimits): void {
  const name = nameOf(part);
  if (name === 'file') collected.items.push(toItem(part));
  else if (name.startsWith(examplePrefix)) {
    collected.examples.push({ label: name.slice(examplePrefix.length), item: toItem(part) });
  } else if (part.filename !== undefined && name === exampleArchiveName) {
    collected.exampleArchives.push(toItem(part));
  } else if (part.filename !== undefined && name !== 'options') {
    throw new AppError(
      'malformed-request',
      'Files travel in parts named "file", "example:<label>" or "examples" (zip).',
      {
        faults: [
          { pointer: pointerOf([name]), detail: 'A file came under this name; name its part "file".' },
        ],
      },
    );
  } else collectField(collected, name, part);
  const { items, examples, exampleArchives } = collected;
  if (items.length + examples.length + exampleArchives.length > limits.maxItems)
    throw tooManyItems(limits.maxItems);
}

export const tooManyItems = (maxItems: number): AppError =>
  new AppError('too-many-items', `A request may hold at most ${maxItems} files.`);

export function toParseError(thrown: unknown, limits: HttpLimits): unknown {
  if (thrown instanceof AppError) return thrown;
  if (thrown instanceof MaxFileSizeExceededError) return fileTooLarge(limits.maxFileBytes);
  if (thrown instanceof MaxPartsExceededError) return tooManyItems(limits.maxItems);
  return new AppError('malformed-request', 'The multipart body is malformed.', { cause: thrown });
}

/** Was the closing boundary seen? The parser tells it only by not throwing. */
export function isFinished(parser: MultipartParser): boolean {
  try {
    parser.finish();
    return true;
  } catch {
    return false;
  }
}

/** The boundary that the head of the request declares. */
export function boundaryOf(request: Request): string {
  const boundary = getMultipartBoundary(request.headers.get('content-type') ?? '');
  // RFC 2046 5.1.1 bounds the boundary at 70 characters.
  if (boundary === null || boundary.length > 70) {
    throw new AppError('malformed-request', 'The Content-Type has no usable multipart boundary.');
  }
  return boundary;
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
  const parser = new MultipartParser(boundaryOf(request), {
    maxFileSize: limits.maxFileBytes,
    maxParts: limits.maxItems + maxFields,
    maxTotalSize: limits.maxRequestBytes,
  });
  const collected: Collected = {
    items: [],
    examples: [],
    exampleArchives: [],
    // Null-prototype records: an option named __proto__ is an unknown option, not a prototype.
    textOptions: Object.create(null) as Record<string, string>,
    jsonOptions: Object.create(null) as Record<string, unknown>,
  };
  try {
    for await (const chunk of readBody(request, bounds)) {
      // An epilogue (often just CRLF) may come in a chunk of its own: read, and left alone.
      if (isFinished(parser)) continue;
      for (const part of parser.write(chunk)) collectPart(collected, part, limits);
    }
    parser.finish();
  } catch (thrown) {
    throw toParseError(thrown, limits);
  }
  return collected;
}
