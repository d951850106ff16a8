import { mkdir, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chooseFiles, isKeptName, licenceOf } from './choose-files.ts';
import { digestFile } from './digest-file.ts';
import { downloadFile } from './download-file.ts';
import { HubError } from './hub-error.ts';
import type { HubAccess } from './hub-request.ts';
import { listHubFiles } from './list-hub-files.ts';

export interface PullOptions {
  readonly access: HubAccess;
  /** `owner/name`. */
  readonly repo: string;
  /** Branch, tag or commit. */
  readonly revision: string;
  /** Must not exist; appears whole or not at all. */
  readonly outDir: string;
  /** Told the bytes to come once, then each piece. */
  readonly onTotal: (bytes: number) => void;
  readonly onBytes: (count: number) => void;
}

export interface PulledModel {
  readonly repo: string;
  /** null: taken from a folder that does not say. */
  readonly commit: string | null;
  readonly licence: string;
  readonly files: readonly { readonly name: string; readonly bytes: number; readonly sha256: string }[];
}

const exists = async (path: string): Promise<boolean> =>
  (await stat(path).catch(() => undefined)) !== undefined;

/**
 * Fetches weights, configuration and licence text of one commit into `outDir`, with a `pull.json` of digests. What an interrupted
 * run left in `<outDir>.<commit>.part` is used. Throws HubError, `storage` for errors of files here; honours the signal.
 */
export async function pullModel(options: PullOptions): Promise<PulledModel> {
  try {
    return await fetchModel(options);
  } catch (thrown) {
    const { syscall, code, path } = thrown as NodeJS.ErrnoException;
    if (thrown instanceof HubError || syscall === undefined || code === undefined) throw thrown;
    throw new HubError('storage', `${path ?? options.outDir} cannot be written or read (${code}).`, thrown);
  }
}

async function fetchModel(options: PullOptions): Promise<PulledModel> {
  const { access, repo, revision, outDir, onTotal, onBytes } = options;
  if (await exists(outDir)) throw new HubError('exists', `${outDir} exists already.`);
  const { commit, files } = await listHubFiles(access, repo, revision, isKeptName);
  const chosen = chooseFiles(repo, files);
  onTotal(chosen.reduce((sum, { bytes }) => sum + bytes, 0));
  const staging = `${outDir}.${commit.slice(0, 12)}.part`;
  await mkdir(staging, { recursive: true });
  const pulled: { name: string; bytes: number; sha256: string }[] = [];
  for (const file of chosen) {
    const path = join(staging, file.name);
    const isThere = (await exists(path)) && (await digestFile(path, file.digest.kind)) === file.digest.hex;
    if (isThere) onBytes(file.bytes);
    else await downloadFile({ access, repo, commit, file, path, onBytes });
    pulled.push({ name: file.name, bytes: file.bytes, sha256: await digestFile(path, 'sha256') });
  }
  const model: PulledModel = { repo, commit, licence: licenceOf(chosen), files: pulled };
  await writeFile(join(staging, 'pull.json'), `${JSON.stringify(model, null, 2)}\n`);
  await rename(staging, outDir);
  return model;
}
