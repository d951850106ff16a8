import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '#src/domain/app-error.ts';
import { sha256File } from '#src/infer/repository/sha256-file.ts';

const shard = /^model-\d{5}-of-\d{5}\.safetensors$/;

/**
 * sha256 (hex) that identifies the weights of a Hugging Face folder: of `model.safetensors`, or, for weights in shards, of
 * the lines that `sha256sum model-*-of-*.safetensors` prints, in the order of the names.
 * Throws AppError `malformed-request` when the folder holds neither; file errors pass through.
 */
export async function weightsDigest(folder: string): Promise<string> {
  const names = await readdir(folder);
  if (names.includes('model.safetensors')) return sha256File(join(folder, 'model.safetensors'));
  const shards = names.filter((name) => shard.test(name)).sort();
  if (shards.length === 0) {
    throw new AppError('malformed-request', 'The weights folder holds no model.safetensors and no shards.');
  }
  const lines = createHash('sha256');
  for (const name of shards) lines.update(`${await sha256File(join(folder, name))}  ${name}\n`);
  return lines.digest('hex');
}
