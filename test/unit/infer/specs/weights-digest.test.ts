import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { weightsDigest } from '#src/infer/specs/weights-digest.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

describe('weightsDigest', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'weights-digest-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  test('of the demo weights is that of their specs', async () => {
    expect(await weightsDigest('triton-models/demo/weights')).toBe(
      'ba464b9454ce032087e2aeeb2e1d7951ba2b176c6891b359cdab84ed85120a2c',
    );
  });

  test('of shards is that of their sha256sum lines by name, whatever else lies there', async () => {
    await writeFile(join(folder, 'model-00002-of-00002.safetensors'), 'two');
    await writeFile(join(folder, 'model-00001-of-00002.safetensors'), 'one');
    await writeFile(join(folder, 'model.safetensors.index.json'), '{}');
    const lines = ['1', '2'].map(
      (shard) => `${sha256(shard === '1' ? 'one' : 'two')}  model-0000${shard}-of-00002.safetensors\n`,
    );
    expect(await weightsDigest(folder)).toBe(sha256(lines.join('')));
  });

  test('refuses a folder without weights', async () => {
    await expect(weightsDigest(folder)).rejects.toMatchObject({ code: 'malformed-request' });
  });
});
