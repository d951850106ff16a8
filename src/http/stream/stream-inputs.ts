import { AppError } from '#src/domain/app-error.ts';
import type { AppDeps } from '#src/http/deps.ts';
import { downloadConcurrency, type RequestInput } from '#src/http/input/fetch-remote-inputs.ts';
import { gatherFiles } from '#src/http/input/read-analysis-request.ts';
import type { StreamFlow, StreamedFiles } from '#src/http/input/stream-multipart.ts';

/** An input as it came, and what of the body it holds until its files are done. */
export interface StreamedInput {
  readonly input: RequestInput;
  readonly byteLength: number;
  readonly release: () => void;
}

/** The files of one input: fetched when it is an address, unpacked when it is an archive. What fails is an item of its own. */
async function filesOf(
  { input, byteLength: ownBytes, release }: StreamedInput,
  deps: AppDeps,
  signal: AbortSignal,
  onChunk: () => void,
): Promise<StreamedFiles> {
  const lease = deps.budget.open();
  let byteLength = ownBytes;
  const counted = {
    charge(bytes: number): void {
      onChunk();
      byteLength += bytes;
      lease.charge(bytes);
    },
    release: () => lease.release(),
  };
  const raw = { items: [input], examples: [], textOptions: {}, jsonOptions: {} };
  const bounds = { maxBytes: deps.limits.maxFileBytes, lease: counted, signal };
  const releaseAll = (): void => {
    lease.release();
    release();
  };
  try {
    const { items } = await gatherFiles(raw, deps, bounds);
    return { items, byteLength, release: releaseAll };
  } catch (thrown) {
    lease.release();
    return { items: [{ ok: false, error: AppError.from(thrown) }], byteLength: ownBytes, release };
  }
}

const toInput = (input: IteratorResult<StreamedInput>) => ({ input });
const toFault = (fault: unknown) => ({ fault });

/**
 * Inputs as files, in their order, a few downloads ahead of whoever takes them. Files that are there are handed on without waiting for
 * the next input, so that a client may wait for an answer before it sends more.
 * @param open gives the inputs; its signal ends with the stream, whoever ends it
 */
export async function* streamInputs(
  open: (signal: AbortSignal) => AsyncIterable<StreamedInput>,
  deps: AppDeps,
  { signal, onChunk }: Pick<StreamFlow, 'signal' | 'onChunk'>,
): AsyncGenerator<StreamedFiles, void, undefined> {
  const stop = new AbortController();
  const onAbort = (): void => stop.abort(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  const inputs = open(stop.signal)[Symbol.asyncIterator]();
  const ahead: Promise<StreamedFiles>[] = [];
  const ask = (): Promise<IteratorResult<StreamedInput>> => {
    const next = inputs.next();
    // Whoever awaits it sees what it rejects with; nobody does once the stream has ended.
    next.catch(() => undefined);
    return next;
  };
  let next: ReturnType<typeof ask> | undefined = ask();
  let fault: { readonly fault: unknown } | undefined;
  try {
    while (next !== undefined || ahead.length > 0) {
      const isFull = ahead.length >= downloadConcurrency;
      const step = await Promise.race([
        ...ahead.slice(0, 1).map((first) => first.then((files) => ({ files }))),
        ...(next !== undefined && !isFull ? [next.then(toInput, toFault)] : []),
      ]);
      if ('files' in step) {
        void ahead.shift();
        yield step.files;
      } else if ('fault' in step) {
        // What came before is answered; then the stream ends with this.
        fault = step;
        next = undefined;
      } else if (step.input.done === true) {
        next = undefined;
      } else {
        ahead.push(filesOf(step.input.value, deps, stop.signal, onChunk));
        next = ask();
      }
    }
    if (fault !== undefined) throw fault.fault;
  } finally {
    signal.removeEventListener('abort', onAbort);
    stop.abort(new AppError('request-cancelled', 'The stream has ended.'));
    for (const files of ahead) (await files).release();
    // An input that came while the stream ended is taken by nobody.
    const late = await next?.catch(() => undefined);
    if (late?.done === false) late.value.release();
    await inputs.return?.();
  }
}
