import { open, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { digestFile } from './digest-file.ts';
import { HubError } from './hub-error.ts';
import { requestFromHub, type HubAccess } from './hub-request.ts';
import { quotePath, type HubFile } from './list-hub-files.ts';
import { readPiece } from './read-piece.ts';

export interface DownloadOptions {
  readonly access: HubAccess;
  readonly repo: string;
  readonly commit: string;
  readonly file: HubFile;
  /** Where the whole and checked file will be; `<path>.part` beside it is what has come so far. */
  readonly path: string;
  readonly onBytes: (count: number) => void;
}

/** Broken connections in a row that brought nothing new. */
const maxFruitless = 4;
/** Whole downloads whose digest was wrong. */
const maxCorrupt = 2;

const sizeOf = async (path: string): Promise<number> => (await stat(path).catch(() => undefined))?.size ?? 0;

/**
 * Appends each piece before the next is awaited, so that a connection that breaks loses none of what was read; that it broke is seen
 * by the size of the file. Throws HubError `corrupt` as soon as more comes than the hub's own list says: a disk must not be filled by
 * a lie. Errors of the file pass through: another connection does not mend them.
 */
async function appendBody(
  body: ReadableStream<Uint8Array>,
  path: string,
  room: number,
  { access, onBytes }: Pick<DownloadOptions, 'access' | 'onBytes'>,
): Promise<void> {
  const reader = body.getReader();
  try {
    await using handle = await open(path, 'a');
    let left = room;
    const next = (): Promise<Uint8Array | undefined> => readPiece(reader, access.idleMs);
    for (let piece = await next(); piece !== undefined; piece = await next()) {
      left -= piece.byteLength;
      if (left < 0) throw new HubError('corrupt', 'The hub sends more bytes than it lists.');
      await handle.appendFile(piece);
      onBytes(piece.byteLength);
    }
  } finally {
    // Of no use any more, and of a broken connection an error.
    await reader.cancel().catch(() => undefined);
  }
}

/** Where in the file the body of a reply begins; undefined when the reply is of no use. */
function bodyStart(response: Response, asked: number): number | undefined {
  if (response.status === 200) return 0;
  const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(response.headers.get('content-range') ?? '');
  return response.status === 206 && Number(range?.[1]) === asked ? asked : undefined;
}

/** Fetches what is missing of `<path>.part`, as far as the connection lasts. */
async function fetchRest(options: DownloadOptions): Promise<void> {
  const { access, repo, commit, file, path } = options;
  const part = `${path}.part`;
  const tagPath = `${part}.etag`;
  const tag = await readFile(tagPath, 'utf8').catch(() => '');
  // Without a tag nothing says that the rest is of the same file.
  const have = tag === '' ? 0 : await sizeOf(part);
  const isResumed = have > 0 && have < file.bytes;
  const url = `/${quotePath(repo)}/resolve/${commit}/${quotePath(file.name)}`;
  const headers = isResumed ? { range: `bytes=${have}-`, 'if-range': tag } : undefined;
  const reply = await requestFromHub(access, url, `${file.name} of ${repo}`, headers);
  if (reply.commit !== null && reply.commit !== commit) {
    await reply.response.body?.cancel();
    throw new HubError('protocol', `The hub answers with another commit than ${commit}.`);
  }
  const { etag, bytes } = reply.linked;
  const isOther =
    file.digest.kind === 'sha256' &&
    ((etag !== null && etag !== file.digest.hex) || (bytes !== null && Number(bytes) !== file.bytes));
  if (isOther) {
    await reply.response.body?.cancel();
    throw new HubError('corrupt', `${file.name} is not what the hub lists.`);
  }
  const start = bodyStart(reply.response, isResumed ? have : 0);
  if (start === undefined || reply.response.body === null) {
    await reply.response.body?.cancel();
    await rm(part, { force: true });
    return;
  }
  const newTag = reply.response.headers.get('etag') ?? '';
  // Only a strong tag may stand in If-Range (RFC 9110, 13.1.5).
  await writeFile(tagPath, newTag.startsWith('W/') ? '' : newTag);
  if (start === 0) await rm(part, { force: true });
  else await truncate(part, start);
  await appendBody(reply.response.body, part, file.bytes - start, options);
}

/**
 * Downloads one file: goes on where a broken connection, or an earlier run, left off, and gives it its name only when its size and
 * digest are those of the hub's list. Throws HubError; file errors pass through; honours the signal.
 */
export async function downloadFile(options: DownloadOptions): Promise<void> {
  const { access, file, path } = options;
  const part = `${path}.part`;
  let corrupt = 0;
  for (let fruitless = 0; fruitless < maxFruitless;) {
    const before = await sizeOf(part);
    await fetchRest(options).catch(async (thrown: unknown) => {
      if (thrown instanceof HubError && thrown.fault === 'corrupt') await rm(part, { force: true });
      throw thrown;
    });
    access.signal.throwIfAborted();
    const size = await sizeOf(part);
    if (size < file.bytes) {
      fruitless = size > before ? 0 : fruitless + 1;
      continue;
    }
    if ((await digestFile(part, file.digest.kind)) === file.digest.hex) {
      await rename(part, path);
      await rm(`${part}.etag`, { force: true });
      return;
    }
    await rm(part, { force: true });
    corrupt += 1;
    if (corrupt === maxCorrupt) throw new HubError('corrupt', `${file.name} is not what the hub lists.`);
  }
  throw new HubError('unavailable', `${file.name} breaks off again and again.`);
}
