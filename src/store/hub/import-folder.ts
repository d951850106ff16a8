import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { chooseFiles, isWeightsName, licenceOf } from './choose-files.ts';
import { HubError } from './hub-error.ts';
import type { PulledModel } from './pull-model.ts';
import { readChecksums, type Checksums } from './read-checksums.ts';

export interface ImportOptions {
  /** A copy of a repository: its files at the top. */
  readonly fromDir: string;
  /** A list of sha256; undefined: the folder's own `pull.json` or `SHA256SUMS`, where it has one. */
  readonly checksums: string | undefined;
  /** Names the weights where the list does not. */
  readonly repo: string;
  /** Must not exist; appears whole or not at all. */
  readonly outDir: string;
  readonly onTotal: (bytes: number) => void;
  readonly onBytes: (count: number) => void;
  readonly signal: AbortSignal;
}

export interface ImportedModel extends PulledModel {
  /** Whether the weights were compared with a list. */
  readonly isChecked: boolean;
}

const ownLists = ['pull.json', 'SHA256SUMS'];

async function listFolder(dir: string) {
  const names = await readdir(dir).catch((cause: unknown) => {
    throw new HubError('not-found', `${dir} cannot be read as a folder.`, cause);
  });
  const found = await Promise.all(
    // Links are followed: a cache of the hub's own client consists of them.
    names.map(async (name) => ({ name, entry: await stat(join(dir, name)).catch(() => undefined) })),
  );
  return found.flatMap(({ name, entry }) => (entry?.isFile() ? [{ name, bytes: entry.size }] : []));
}

async function findChecksums(dir: string, given: string | undefined, names: readonly string[]) {
  const own = ownLists.find((name) => names.includes(name));
  const path = given ?? (own === undefined ? undefined : join(dir, own));
  return path === undefined ? undefined : readChecksums(path);
}

/** Copies and hashes in one pass; resolves to the sha256 (hex) of what was written. */
async function copyHashed(from: string, to: string, { onBytes, signal }: ImportOptions): Promise<string> {
  const hash = createHash('sha256');
  const tap = async function* (pieces: AsyncIterable<Buffer>) {
    for await (const piece of pieces) {
      hash.update(piece);
      onBytes(piece.byteLength);
      yield piece;
    }
  };
  await pipeline(createReadStream(from, { highWaterMark: 1024 * 1024 }), tap, createWriteStream(to), {
    signal,
  });
  return hash.digest('hex');
}

const shardIndex = z.object({ weight_map: z.record(z.string(), z.string()) });

/** Every shard that an index names must be there: a copy is easily incomplete. */
async function checkShards(dir: string, names: readonly string[]): Promise<void> {
  for (const index of names.filter((name) => name.endsWith('.safetensors.index.json'))) {
    const text = await readFile(join(dir, index), 'utf8');
    let shards: readonly string[];
    try {
      shards = Object.values(shardIndex.parse(JSON.parse(text)).weight_map);
    } catch (cause) {
      throw new HubError('corrupt', `${index} is no index of weights.`, cause);
    }
    const missing = shards.find((shard) => !names.includes(shard));
    if (missing !== undefined) throw new HubError('no-weights', `${missing} of ${index} is missing.`);
  }
}

function checkDigest(name: string, sha256: string, checksums: Checksums | undefined): void {
  const listed = checksums?.digests.get(name);
  if (listed !== undefined && listed !== sha256) {
    throw new HubError('corrupt', `${name} is not the file of the checksum list.`);
  }
  if (checksums !== undefined && listed === undefined && isWeightsName(name)) {
    throw new HubError('corrupt', `${name} is not in the checksum list.`);
  }
}

/**
 * Takes weights, configuration and licence text from a folder instead of a hub, for machines without a network: the same choice of
 * files, the same layout and `pull.json`, digests compared where there is a list. Throws HubError; honours the signal.
 */
export async function importFolder(options: ImportOptions): Promise<ImportedModel> {
  const { fromDir, outDir, onTotal } = options;
  if ((await stat(outDir).catch(() => undefined)) !== undefined) {
    throw new HubError('exists', `${outDir} exists already.`);
  }
  const there = await listFolder(fromDir);
  const names = there.map(({ name }) => name);
  const chosen = chooseFiles(fromDir, there);
  await checkShards(fromDir, names);
  const checksums = await findChecksums(fromDir, options.checksums, names);
  onTotal(chosen.reduce((sum, { bytes }) => sum + bytes, 0));
  await mkdir(dirname(outDir), { recursive: true });
  const staging = await mkdtemp(join(dirname(outDir), `.${basename(outDir)}.part-`));
  try {
    const files: PulledModel['files'][number][] = [];
    for (const { name, bytes } of chosen) {
      const sha256 = await copyHashed(join(fromDir, name), join(staging, name), options);
      checkDigest(name, sha256, checksums);
      files.push({ name, bytes, sha256 });
    }
    const repo = checksums?.repo ?? options.repo;
    const model: PulledModel = { repo, commit: checksums?.commit ?? null, licence: licenceOf(chosen), files };
    await writeFile(join(staging, 'pull.json'), `${JSON.stringify(model, null, 2)}\n`);
    await rename(staging, outDir);
    return { ...model, isChecked: checksums !== undefined };
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}
