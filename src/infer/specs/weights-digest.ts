import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { AppError } from '#src/domain/app-error.ts';

const shard = /^model-\d{5}-of-\d{5}\.safetensors$/;

/**
 * sha256 (hex) that identifies the weights of a Hugging Face folder: of `model.safetensors`, or, for weights in shards, of
 * the lines that `sha256sum model-*-of-*.safetensors` prints, in the order of the names.
 * Throws AppError `malformed-request` when the folder holds neither; file errors pass through.
 */
export async function weightsDigest(folder: string): Promise<string> {
  const names = await readdir(folder);
  if (names.includes('model.safetensors')) return digestOfFile(join(folder, 'model.safetensors'));
  const shards = names.filter((name) => shard.test(name)).sort();
  if (shards.length === 0) {
    throw new AppError('malformed-request', 'The weights folder holds no model.safetensors and no shards.');
  }
  const lines = createHash('sha256');
  for (const name of shards) lines.update(`${await digestOfFile(join(folder, name))}  ${name}\n`);
  return lines.digest('hex');
}

async function digestOfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
