import { createHash, randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { importFolder } from '#src/store/hub/import-folder.ts';

const weights = randomBytes(200_000);
const sha256 = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex');
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tessera-from-'));
  mkdirSync(join(folder, 'copy'));
  put('model.safetensors', weights);
  put('config.json', '{}');
  put('LICENSE.md', 'The terms.');
  put('run.py', 'not wanted');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const put = (name: string, content: Buffer | string): void =>
  writeFileSync(join(folder, 'copy', name), content);
const out = (): string => join(folder, 'weights', 'model');
let total = 0;
let done = 0;
const take = (checksums?: string, signal = new AbortController().signal) => {
  [total, done] = [0, 0];
  return importFolder({
    fromDir: join(folder, 'copy'),
    checksums,
    repo: 'owner/name',
    outDir: out(),
    onTotal: (bytes) => (total = bytes),
    onBytes: (count) => (done += count),
    signal,
  });
};
const nothingThere = (): void => {
  expect(existsSync(join(folder, 'weights')) ? readdirSync(join(folder, 'weights')) : []).toEqual([]);
};

describe('weights from a folder', () => {
  it('have the layout of pulled ones, and their digests', async () => {
    const model = await take();
    expect(readdirSync(out()).sort()).toEqual([
      'LICENSE.md',
      'config.json',
      'model.safetensors',
      'pull.json',
    ]);
    expect(readFileSync(join(out(), 'model.safetensors')).equals(weights)).toBe(true);
    const written: unknown = JSON.parse(readFileSync(join(out(), 'pull.json'), 'utf8'));
    expect({ ...(written as object), isChecked: false }).toEqual(model);
    expect(model).toMatchObject({
      repo: 'owner/name',
      commit: null,
      licence: 'LICENSE.md',
      isChecked: false,
    });
    expect(model.files).toContainEqual({
      name: 'model.safetensors',
      bytes: 200_000,
      sha256: sha256(weights),
    });
    expect([total, done]).toEqual([200_012, 200_012]);
    expect(readdirSync(join(folder, 'weights'))).toEqual(['model']);
  });

  it('may be links, as in the cache of the hub’s own client', async () => {
    writeFileSync(join(folder, 'blob'), weights);
    rmSync(join(folder, 'copy/model.safetensors'));
    symlinkSync(join(folder, 'blob'), join(folder, 'copy/model.safetensors'));
    await take();
    expect(readFileSync(join(out(), 'model.safetensors')).equals(weights)).toBe(true);
  });

  it.each([
    ['SHA256SUMS', () => put('SHA256SUMS', `${sha256(weights)}  ./model.safetensors\n`)],
    ['the pull.json of an earlier pull', () => put('pull.json', pullJson(sha256(weights)))],
  ])('are compared with %s', async (_, prepare) => {
    prepare();
    expect((await take()).isChecked).toBe(true);
  });

  it('that were pulled elsewhere keep their origin', async () => {
    put('pull.json', pullJson(sha256(weights)));
    expect(await take()).toMatchObject({ repo: 'owner/origin', commit: 'c0ffee00'.repeat(5) });
  });

  it.each([
    ['another digest', `${sha256('other')} *model.safetensors\n`, 'not the file of the checksum list'],
    [
      'another digest of a small file',
      `${sha256(weights)}  model.safetensors\n${sha256('[]')}  config.json\n`,
      'config.json is not the file',
    ],
    [
      'weights that are not listed',
      `${sha256('{}')}  config.json\n`,
      'model.safetensors is not in the checksum list',
    ],
    ['no list at all', 'hello\n', 'is no list of sha256 checksums'],
    ['an empty list', '\n', 'is no list of sha256 checksums'],
    ['broken JSON', '{"files": 1}', 'is no list of sha256 checksums'],
  ])('with %s are refused, and nothing is placed', async (_, list, message) => {
    writeFileSync(join(folder, 'sums'), list);
    await expect(take(join(folder, 'sums'))).rejects.toMatchObject({
      fault: 'corrupt',
      message: expect.stringContaining(message) as string,
    });
    nothingThere();
  });

  it('with a list that is not there are refused', async () => {
    await expect(take(join(folder, 'absent'))).rejects.toMatchObject({ fault: 'corrupt' });
    nothingThere();
  });

  it.each([
    ['no licence text', () => rmSync(join(folder, 'copy/LICENSE.md')), 'no-licence'],
    ['an empty licence text', () => put('LICENSE.md', ''), 'no-licence'],
    ['no weights', () => rmSync(join(folder, 'copy/model.safetensors')), 'no-weights'],
    [
      'a missing shard',
      () => put('model.safetensors.index.json', '{"weight_map":{"a":"model-00002-of-00002.safetensors"}}'),
      'no-weights',
    ],
    ['a broken index', () => put('model.safetensors.index.json', '{'), 'corrupt'],
    ['no folder', () => rmSync(join(folder, 'copy'), { recursive: true }), 'not-found'],
    ['a target that exists', () => mkdirSync(out(), { recursive: true }), 'exists'],
  ])('with %s are refused', async (_, spoil, fault) => {
    spoil();
    await expect(take()).rejects.toMatchObject({ fault });
    if (fault !== 'exists') nothingThere();
  });

  it('an abort ends it and leaves nothing', async () => {
    const controller = new AbortController();
    controller.abort();
    await expect(take(undefined, controller.signal)).rejects.toThrow('aborted');
    nothingThere();
  });
});

function pullJson(digest: string): string {
  const files = [{ name: 'model.safetensors', bytes: 1, sha256: digest }];
  return JSON.stringify({ repo: 'owner/origin', commit: 'c0ffee00'.repeat(5), licence: 'LICENSE.md', files });
}
