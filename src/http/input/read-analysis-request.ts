import type { z } from '@hono/zod-openapi';
import { AppError } from '#src/domain/app-error.ts';
import type { HttpLimits } from '#src/http/deps.ts';
import type { LabelledUpload } from '#src/pipeline/classify-images.ts';
import { expandExampleFrames, expandFrames, frameCopyBytes } from '#src/pipeline/expand-frames.ts';
import type { UploadItem } from '#src/pipeline/item-result.ts';
import type { RemoteFetcher } from '#src/ports/remote-fetcher.ts';
import { mergeOptions, type OptionKinds } from './coerce-options.ts';
import { expandArchives, zipTypes } from './expand-archives.ts';
import { fetchRemoteInputs, type ReferringRequest } from './fetch-remote-inputs.ts';
import { fileTooLarge } from './input-reference.ts';
import { linesType } from './read-input-line.ts';
import { readJson } from './read-json.ts';
import { readLines } from './read-lines.ts';
import { readWholeBody, type BodyBounds } from './read-body.ts';
import { readMultipart, type RawAnalysisRequest } from './read-multipart.ts';
import { pointerOf, validate } from './validate.ts';

/** What every analysis operation's options have, as its schema makes them. */
export interface FramesOption {
  readonly frames: string;
}

/** The options of one operation: its schema, and which of them are not text. */
export interface OptionsShape<Schema extends z.ZodType<FramesOption>> {
  readonly schema: Schema;
  readonly kinds: OptionKinds;
}

export interface AnalysisRequest<Options> {
  readonly items: readonly UploadItem[];
  readonly examples: readonly LabelledUpload[];
  readonly options: Options;
}

/** For who has sent nothing. */
const howToSend =
  'Send a file, for example with curl: -F file=@image.png, or --data-binary @image.png with its Content-Type.';

/** Media types that may come as one bare file; whether the bytes can be decoded is the decoder's word. */
const isFileType = (type: string): boolean =>
  type === '' ||
  type.startsWith('image/') ||
  zipTypes.includes(type) ||
  ['application/octet-stream', 'application/dicom', 'application/gzip'].includes(type);

async function readSingleFile(
  request: Request,
  mediaType: string,
  limits: HttpLimits,
  bounds: BodyBounds,
): Promise<RawAnalysisRequest> {
  const maxBytes = Math.min(limits.maxFileBytes, limits.maxRequestBytes);
  const bytes = await readWholeBody(request, { ...bounds, maxBytes });
  if (bytes.byteLength === 0) throw new AppError('malformed-request', `The body is empty. ${howToSend}`);
  if (bytes.byteLength > limits.maxFileBytes) throw fileTooLarge(limits.maxFileBytes);
  const declaredType = mediaType === '' ? undefined : mediaType;
  return { items: [{ ok: true, bytes, declaredType }], examples: [], textOptions: {}, jsonOptions: {} };
}

/** The declared type of a body, without parameters; empty when there is none. */
export const mediaTypeOf = (request: Request): string =>
  (request.headers.get('content-type') ?? '').split(';')[0]!.trim().toLowerCase();

async function readRaw(request: Request, limits: HttpLimits, bounds: BodyBounds): Promise<ReferringRequest> {
  const mediaType = mediaTypeOf(request);
  if (mediaType === 'multipart/form-data') return readMultipart(request, limits, bounds);
  if (mediaType === 'application/json') return readJson(request, limits, bounds);
  if (mediaType === linesType) return readLines(request, limits, bounds);
  if (isFileType(mediaType)) return readSingleFile(request, mediaType, limits, bounds);
  // What curl declares for --data-binary when it is not told otherwise.
  const hint =
    mediaType === 'application/x-www-form-urlencoded'
      ? ' A bare file needs its own Content-Type, for example image/png or application/octet-stream.'
      : '';
  throw new AppError(
    'unsupported-media-type',
    `Send a file, multipart/form-data, application/json or ${linesType}.${hint}`,
  );
}

/** Query parameters as a record; one given twice is refused like any option given twice. */
export function readQuery(request: Request): Record<string, string> {
  const query: [string, string][] = [...new URL(request.url).searchParams];
  const seen = new Set<string>();
  for (const [key] of query) {
    if (seen.has(key)) {
      throw new AppError('malformed-request', 'A query parameter was given twice.', {
        faults: [{ pointer: pointerOf([key]), detail: 'Given twice.' }],
      });
    }
    seen.add(key);
  }
  return Object.fromEntries(query);
}

/** What is known of a request before anything is fetched or unpacked. */
export interface RequestPlan<Options> {
  readonly raw: ReferringRequest;
  readonly options: Options;
}

/** Reads a body and judges its options; addresses in it are not fetched yet, and archives not unpacked. */
export async function readRequestPlan<Schema extends z.ZodType<FramesOption>>(
  request: Request,
  shape: OptionsShape<Schema>,
  limits: HttpLimits,
  bounds: BodyBounds,
): Promise<RequestPlan<z.output<Schema>>> {
  // Options in the query are judged before a byte of the body is read.
  const query = readQuery(request);
  validate(shape.schema, mergeOptions(shape.kinds, query, {}, {}));
  const raw = await readRaw(request, limits, bounds);
  const options = validate(shape.schema, mergeOptions(shape.kinds, query, raw.textOptions, raw.jsonOptions));
  if (raw.items.length === 0) {
    throw new AppError('malformed-request', 'The request holds no file.', {
      faults: [{ pointer: '/file', detail: 'At least one part named "file" is needed.' }],
    });
  }
  return { raw, options };
}

/** Where the files of a request may come from beside its body, and what they may take. */
export interface RequestSources {
  readonly limits: HttpLimits;
  readonly remote: RemoteFetcher;
}

/** The files of a request, fetched and unpacked: last, so that bytes that a wrong option would throw away are never made. */
export async function gatherFiles(
  raw: ReferringRequest,
  { limits, remote }: RequestSources,
  bounds: BodyBounds,
): Promise<RawAnalysisRequest> {
  return expandArchives(await fetchRemoteInputs(raw, remote, limits, bounds), limits, bounds);
}

/**
 * The three ways of input, the same for every analysis operation: one bare file with options in the query,
 * `multipart/form-data`, or `application/json`, whose files may also be https addresses; zip archives are unpacked. Options are
 * validated strictly: an unknown one is a fault, not ignored.
 */
export async function readAnalysisRequest<Schema extends z.ZodType<FramesOption>>(
  request: Request,
  shape: OptionsShape<Schema>,
  sources: RequestSources,
  bounds: BodyBounds,
): Promise<AnalysisRequest<z.output<Schema>>> {
  const { raw, options } = await readRequestPlan(request, shape, sources.limits, bounds);
  const files = await gatherFiles(raw, sources, bounds);
  const { maxItems } = sources.limits;
  const items = await expandFrames(files.items, options.frames, { maxItems });
  const room = { maxItems, taken: items.length };
  const examples = await expandExampleFrames(files.examples, options.frames, room);
  bounds.lease.charge(frameCopyBytes([...items, ...examples.map(({ item }) => item)]));
  return { items, examples, options };
}
