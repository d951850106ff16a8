import type { z } from '@hono/zod-openapi';
import { AppError } from '#src/domain/app-error.ts';
import type { AppDeps } from '#src/http/deps.ts';
import { mergeOptions } from '#src/http/input/coerce-options.ts';
import { isRemote } from '#src/http/input/fetch-remote-inputs.ts';
import { linesType } from '#src/http/input/read-input-line.ts';
import {
  gatherFiles,
  mediaTypeOf,
  readQuery,
  readRequestPlan,
  type FramesOption,
  type OptionsShape,
} from '#src/http/input/read-analysis-request.ts';
import { streamMultipart, type StreamFlow, type StreamedFiles } from '#src/http/input/stream-multipart.ts';
import { validate } from '#src/http/input/validate.ts';
import { streamFrames } from './stream-frames.ts';
import { streamInputs } from './stream-inputs.ts';
import { streamLines } from './stream-lines.ts';

/** The files of a stream as they come, and its options, which come first. */
export interface StreamSource<Options> {
  readonly options: Options;
  readonly files: AsyncIterable<StreamedFiles>;
  /** Gives back what was read and lets go of the body; for a stream that is not begun after all. */
  close(): Promise<void>;
}

type OpenSource = <Schema extends z.ZodType<FramesOption>>(
  deps: AppDeps,
  request: Request,
  shape: OptionsShape<Schema>,
  flow: StreamFlow,
) => Promise<StreamSource<z.output<Schema>>>;

/** A source whose first file is there, or the reason why it has none; later ones come as they are taken. */
async function openAtFirst<Options>(
  files: AsyncGenerator<StreamedFiles, void, undefined>,
  readOptions: () => Options,
): Promise<StreamSource<Options>> {
  const first = await files.next();
  const close = async (): Promise<void> => {
    if (first.done !== true) first.value.release();
    await files.return();
  };
  async function* all(): AsyncGenerator<StreamedFiles> {
    if (first.done !== true) yield first.value;
    yield* files;
  }
  try {
    if (first.done === true) {
      throw new AppError('malformed-request', 'The request holds no file.', {
        faults: [{ pointer: '/file', detail: 'At least one part named "file" is needed.' }],
      });
    }
    return { options: readOptions(), files: all(), close };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

const openMultipart: OpenSource = (deps, request, shape, flow) => {
  const query = readQuery(request);
  validate(shape.schema, mergeOptions(shape.kinds, query, {}, {}));
  const { options: raw, files } = streamMultipart(request, deps.limits, flow);
  return openAtFirst(files, () =>
    validate(shape.schema, mergeOptions(shape.kinds, query, raw.textOptions, raw.jsonOptions)),
  );
};

/** An input on each line, options in the query. */
const openLines: OpenSource = (deps, request, shape, flow) => {
  const options = validate(shape.schema, mergeOptions(shape.kinds, readQuery(request), {}, {}));
  const lines = (signal: AbortSignal) => streamLines(request, deps.limits, { ...flow, signal });
  return openAtFirst(streamInputs(lines, deps, flow), () => options);
};

/** Bodies other than forms are read whole, within the limits of any request; their reply streams all the same, and addresses are fetched as it goes. */
async function openWhole<Schema extends z.ZodType<FramesOption>>(
  deps: AppDeps,
  request: Request,
  shape: OptionsShape<Schema>,
  flow: StreamFlow,
): Promise<StreamSource<z.output<Schema>>> {
  const lease = deps.budget.open();
  try {
    const bounds = { maxBytes: deps.limits.maxRequestBytes, lease, signal: flow.signal };
    const { raw, options } = await readRequestPlan(request, shape, deps.limits, bounds);
    const close = (): Promise<void> => {
      lease.release();
      return Promise.resolve();
    };
    if (raw.items.some(isRemote)) {
      async function* files(): AsyncGenerator<StreamedFiles> {
        try {
          const held = raw.items.map((input) => ({ input, byteLength: 0, release: () => undefined }));
          yield* streamInputs(() => ReadableStream.from(held), deps, flow);
        } finally {
          lease.release();
        }
      }
      return { options, files: files(), close };
    }
    const { items } = await gatherFiles(raw, deps, bounds);
    const whole = { items, byteLength: 0, release: () => lease.release() };
    return { options, files: ReadableStream.from([whole]), close };
  } catch (thrown) {
    lease.release();
    throw thrown;
  }
}

/** Reads a request until its options are known and its first file is there. Throws what is wrong with it up to then. */
export async function openStreamSource<Schema extends z.ZodType<FramesOption>>(
  deps: AppDeps,
  request: Request,
  shape: OptionsShape<Schema>,
  flow: StreamFlow,
): Promise<StreamSource<z.output<Schema>>> {
  const mediaType = mediaTypeOf(request);
  const openers: Readonly<Record<string, OpenSource>> = {
    'multipart/form-data': openMultipart,
    [linesType]: openLines,
  };
  const open = Object.hasOwn(openers, mediaType) ? openers[mediaType]! : openWhole;
  const source = await open(deps, request, shape, flow);
  const { frames } = source.options;
  if (frames === 'first') return source;
  return { ...source, files: streamFrames(source.files, frames, flow) };
}
