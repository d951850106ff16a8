import { AppError } from '#src/domain/app-error.ts';
import type { HttpLimits } from '#src/http/deps.ts';
import type { UploadItem } from '#src/pipeline/item-result.ts';
import { mapItems } from '#src/pipeline/map-items.ts';
import type { RemoteFetcher } from '#src/ports/remote-fetcher.ts';
import type { BodyBounds } from './read-body.ts';
import type { RawAnalysisRequest } from './read-multipart.ts';

/** A file that the client did not send but says where it is. */
export interface RemoteInput {
  readonly url: string;
}
export type RequestInput = UploadItem | RemoteInput;
/** A request as a JSON body tells it: some of its files may still lie elsewhere. */
export type ReferringRequest = RawAnalysisRequest<RequestInput>;

/** Downloads of one request at a time: enough to hide the distance, few enough to be a polite guest. */
export const downloadConcurrency = 4;

/** Faults of the whole call, not of one address: the service, or all files of the call together, are over a limit. */
const callCodes: readonly string[] = ['overloaded', 'request-cancelled', 'deadline-exceeded'];

export const isRemote = (input: RequestInput): input is RemoteInput => 'url' in input;

const totalTooLarge = (maxBytes: number): AppError =>
  new AppError(
    'payload-too-large',
    `The files at the addresses of a request may be ${maxBytes} bytes large together.`,
  );

/** The different addresses of a request, in their order: one that is named many times is fetched once. */
function addressesOf({ items, examples }: ReferringRequest): readonly string[] {
  const inputs = [...items, ...examples.map(({ item }) => item)];
  return [...new Set(inputs.filter(isRemote).map(({ url }) => url))];
}

/** Downloads addresses side by side, each failing for itself. Throws only what concerns the whole call. */
async function download(
  urls: readonly string[],
  fetcher: RemoteFetcher,
  limits: HttpLimits,
  { lease, signal }: BodyBounds,
): Promise<ReadonlyMap<string, UploadItem>> {
  const stop = new AbortController();
  const onAbort = (): void => stop.abort(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  let total = 0;
  const onBytes = (count: number): void => {
    total += count;
    if (total > limits.maxRequestBytes) stop.abort(totalTooLarge(limits.maxRequestBytes));
    else lease.charge(count);
  };
  const bounds = { maxBytes: limits.maxFileBytes, onBytes, signal: stop.signal };
  try {
    const results = await mapItems(urls, downloadConcurrency, stop.signal, (url) =>
      fetcher.fetch(url, bounds).catch((thrown: unknown) => {
        const error = AppError.from(thrown);
        if (callCodes.includes(error.code)) stop.abort(error);
        throw error;
      }),
    );
    return new Map(
      results.map((result): [string, UploadItem] => [
        urls[result.index]!,
        // What a server declares is not the client's word: the bytes decide what they are.
        result.ok ? { ok: true, bytes: result.value, declaredType: undefined } : result,
      ]),
    );
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/**
 * The request with every address replaced by the file that lies there, or by why there is none. The files count as an upload does,
 * one by one, together, and in the common budget. Throws AppError `overloaded`, `payload-too-large` (together) or the signal's reason.
 */
export async function fetchRemoteInputs(
  request: ReferringRequest,
  fetcher: RemoteFetcher,
  limits: HttpLimits,
  bounds: BodyBounds,
): Promise<RawAnalysisRequest> {
  const files = await download(addressesOf(request), fetcher, limits, bounds);
  const fileOf = (input: RequestInput): UploadItem => (isRemote(input) ? files.get(input.url)! : input);
  const { items, examples, ...rest } = request;
  return {
    ...rest,
    items: items.map(fileOf),
    examples: examples.map(({ label, item }) => ({ label, item: fileOf(item) })),
  };
}
