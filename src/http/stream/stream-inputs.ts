import { AppError } from '#src/domain/app-error.ts';
import type { AppDeps } from '#src/http/deps.ts';
import { downloadConcurrency, type RequestInput } from '#src/http/input/fetch-remote-inputs.ts';
import { gatherFiles } from '#src/http/input/read-analysis-request.ts';
import type { StreamFlow, StreamedFiles } from '#src/http/input/stream-multipart.ts';

/** The files of one input: fetched when it is an address, unpacked when it is an archive. What fails is an item of its own. */
async function filesOf(
  input: RequestInput,
  deps: AppDeps,
  signal: AbortSignal,
  onChunk: () => void,
): Promise<StreamedFiles> {
  const lease = deps.budget.open();
  let byteLength = 0;
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
  try {
    const { items } = await gatherFiles(raw, deps, bounds);
    return { items, byteLength, release: () => lease.release() };
  } catch (thrown) {
    lease.release();
    const error = AppError.from(thrown);
    return { items: [{ ok: false, error }], byteLength: 0, release: () => undefined };
  }
}

/** Inputs as files, in their order, a few downloads ahead of whoever takes them: not more is fetched than is worked on soon. */
export async function* streamInputs(
  inputs: AsyncIterable<RequestInput> | Iterable<RequestInput>,
  deps: AppDeps,
  { signal, onChunk }: Pick<StreamFlow, 'signal' | 'onChunk'>,
): AsyncGenerator<StreamedFiles, void, undefined> {
  const stop = new AbortController();
  const onAbort = (): void => stop.abort(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  const ahead: Promise<StreamedFiles>[] = [];
  try {
    for await (const input of inputs) {
      ahead.push(filesOf(input, deps, stop.signal, onChunk));
      if (ahead.length >= downloadConcurrency) yield await ahead.shift()!;
    }
    while (ahead.length > 0) yield await ahead.shift()!;
  } finally {
    signal.removeEventListener('abort', onAbort);
    stop.abort(new AppError('request-cancelled', 'The stream has ended.'));
    for (const files of ahead) (await files).release();
  }
}
