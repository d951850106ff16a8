import { openAsBlob } from 'node:fs';
import { stat } from 'node:fs/promises';
import { CliError } from '../cli-error.ts';
import type { Progress } from '../terminal.ts';
import type { OpenGateway } from './open-gateway.ts';
import { failureOf, readProblem, refusalOf, type FileFailure, type Problem } from './problem.ts';
import { sendRequest } from './send-request.ts';

/** What came of one file: an item of the gateway's reply, or why there is none. */
export type FileOutcome =
  | { readonly file: string; readonly ok: true; readonly item: Readonly<Record<string, unknown>> }
  | { readonly file: string; readonly ok: false; readonly error: FileFailure };

/** What the gateway notes about how it read a file; none of a file that failed. */
export function notesOf(outcome: FileOutcome): readonly string[] {
  if (!outcome.ok) return [];
  const source = outcome.item['source'] as { readonly notes?: readonly string[] } | undefined;
  return source?.notes ?? [];
}

/** A reply without its items. */
export type ReplyHead = Readonly<Record<string, unknown>> & {
  readonly provenance: Readonly<Record<string, unknown>>;
};

export interface Analysis {
  /** In the order of the files. */
  readonly outcomes: readonly FileOutcome[];
  /** Of the first request that succeeded; undefined when no file did. */
  readonly head: ReplyHead | undefined;
}

export interface AnalyseOptions {
  readonly path: string;
  readonly files: readonly string[];
  /** Form fields of every request. */
  readonly fields: readonly (readonly [name: string, value: string | Blob])[];
  readonly maxFilesPerRequest: number;
  /** May a file be an address, which the gateway fetches? Then all fields are texts. */
  readonly takesAddresses?: boolean;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

export interface Upload {
  readonly index: number;
  readonly file: string;
  readonly bytes: number;
}
type Item = Readonly<Record<string, unknown>> & { readonly index: number; readonly error?: Problem };

/** Well below what a gateway accepts unless told otherwise (256 MiB). */
const maxBytesPerRequest = 64 * 1024 * 1024;
/** One request is decoded while another is encoded. */
const concurrency = 2;

/** Is this argument an address and no file? Whether it may be fetched is the gateway's word. */
const isAddress = (file: string): boolean => /^https?:\/\//i.test(file);

const addressesOf = (files: readonly string[]): readonly Upload[] =>
  files.flatMap((file, index) => (isAddress(file) ? [{ index, file, bytes: 0 }] : []));

/** Cuts the uploads into requests, in order, by number and by bytes; a single large file is a request of its own. */
export function cutIntoRequests(
  uploads: readonly Upload[],
  maxFiles: number,
): readonly (readonly Upload[])[] {
  const requests: Upload[][] = [];
  let bytes = 0;
  for (const upload of uploads) {
    const last = requests.at(-1);
    if (last === undefined || last.length === maxFiles || bytes + upload.bytes > maxBytesPerRequest) {
      requests.push([upload]);
      bytes = upload.bytes;
    } else {
      last.push(upload);
      bytes += upload.bytes;
    }
  }
  return requests;
}

/** Files travel in a form, addresses in JSON; their options then in the query, where they are texts as in a form. */
async function postUploads(gateway: OpenGateway, uploads: readonly Upload[], options: AnalyseOptions) {
  const { path, fields, signal } = options;
  if (isAddress(uploads[0]!.file)) {
    const query = new URLSearchParams(
      fields.filter((field): field is [string, string] => typeof field[1] === 'string'),
    );
    const body = JSON.stringify({ input: uploads.map(({ file }) => file) });
    return sendRequest(gateway, `${path}?${query.toString()}`, body, signal);
  }
  const form = new FormData();
  for (const [name, value] of fields) form.append(name, value);
  // No file name travels: it may be a patient's.
  for (const { file } of uploads) form.append('file', await openAsBlob(file), 'file');
  return sendRequest(gateway, path, form, signal);
}

async function sendFiles(gateway: OpenGateway, uploads: readonly Upload[], options: AnalyseOptions) {
  const response = await postUploads(gateway, uploads, options);
  if (response.ok) {
    const { data, ...head } = (await response.json()) as ReplyHead & { data: readonly Item[] };
    return { head: head as ReplyHead, data };
  }
  const problem = await readProblem(response);
  const names = options.fields.map(([name]) => name);
  const refusal = refusalOf(response.status, problem, names);
  if (refusal !== undefined) throw refusal;
  return { problem };
}

/** Looks at the files: those that can be sent, and in `outcomes`, at their place, why the others cannot. */
export async function measure(files: readonly string[], outcomes: FileOutcome[]): Promise<readonly Upload[]> {
  const uploads: Upload[] = [];
  for (const [index, file] of files.entries()) {
    if (isAddress(file)) {
      const detail = 'This is an address; only tessera embed takes those. Download the file.';
      outcomes[index] = { file, ok: false, error: { code: 'unreadable-file', detail } };
      continue;
    }
    const found = await stat(file).catch((err: unknown) => (err as NodeJS.ErrnoException).code ?? 'unknown');
    if (typeof found !== 'string' && found.isFile()) uploads.push({ index, file, bytes: found.size });
    else {
      const detail =
        typeof found === 'string'
          ? `The file cannot be read (${found}).`
          : 'It is no file. Name the images themselves: a shell writes them out of a pattern such as folder/*.png.';
      outcomes[index] = { file, ok: false, error: { code: 'unreadable-file', detail } };
    }
  }
  return uploads;
}

/**
 * Sends files to an operation of the gateway, several a request and two requests at a time, and gathers an outcome for each.
 * Throws CliError when the gateway cannot be reached or refuses the caller, and when two replies come from different models.
 */
export async function analyseFiles(gateway: OpenGateway, options: AnalyseOptions): Promise<Analysis> {
  const outcomes: FileOutcome[] = [];
  const uploads = await measure(options.files, outcomes);
  const addresses = options.takesAddresses === true ? addressesOf(options.files) : [];
  options.progress.advance(options.files.length - uploads.length - addresses.length);
  const waiting = [uploads, addresses].flatMap((list) => cutIntoRequests(list, options.maxFilesPerRequest));
  let head: ReplyHead | undefined;
  const work = async (): Promise<void> => {
    for (let request = waiting.shift(); request !== undefined; request = waiting.shift()) {
      const reply = await sendFiles(gateway, request, options);
      if (reply.head !== undefined) head = sameProvenance(head, reply.head);
      for (const [position, { index, file }] of request.entries()) {
        const item = reply.data?.find((entry) => entry.index === position);
        outcomes[index] =
          item !== undefined && item.error === undefined
            ? { file, ok: true, item }
            : { file, ok: false, error: failureOf(reply.problem ?? item!.error!, position) };
      }
      options.progress.advance(request.length);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  return { outcomes, head };
}

/** Vectors of two models must not stand in one file; it happens when a model is replaced while many files are on their way. */
function sameProvenance(known: ReplyHead | undefined, next: ReplyHead): ReplyHead {
  if (known !== undefined && known.provenance['stamp'] !== next.provenance['stamp']) {
    throw new CliError(
      'failed',
      'The model was replaced while the files were on their way.',
      'Run it again.',
    );
  }
  return known ?? next;
}
