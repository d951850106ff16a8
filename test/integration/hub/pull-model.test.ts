import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pullModel } from '#src/store/hub/pull-model.ts';
import { runTessera } from '../cli/run-tessera.ts';
import { commit, repo, startLoopbackHub, type LoopbackHub } from './loopback-hub.ts';

const weights = randomBytes(300_000);
let hub: LoopbackHub;
let folder: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tessera-hub-'));
  hub = await startLoopbackHub();
  const part = join(folder, `model.${commit.slice(0, 12)}.part`, 'model.safetensors.part');
  hub.manners.bytesKept = () => statSync(part, { throwIfNoEntry: false })?.size ?? 0;
  hub.files.set('model.safetensors', weights);
  hub.files.set('config.json', Buffer.from('{}'));
  hub.files.set('LICENSE.md', Buffer.from('The terms.'));
  hub.files.set('run.py', Buffer.from('not wanted'));
});
afterEach(async () => {
  await hub.close();
  rmSync(folder, { recursive: true, force: true });
});

const out = () => join(folder, 'model');
const pull = (token?: string, signal = new AbortController().signal) =>
  pullModel({
    access: { endpoint: hub.endpoint, token, basePauseMs: 1, signal },
    repo,
    revision: 'main',
    outDir: out(),
    onTotal: () => undefined,
    onBytes: () => undefined,
  });
const weightsPulled = () => readFileSync(join(out(), 'model.safetensors')).equals(weights);
const ranges = () => hub.seen.filter(({ host }) => host === 'cdn').map(({ range }) => range);

describe('a pull from a hub', () => {
  it('places weights, configuration and licence text of one commit, with digests, and nothing else', async () => {
    const model = await pull();
    expect(model).toMatchObject({ repo, commit, licence: 'LICENSE.md' });
    expect(readdirSync(out()).sort()).toEqual([
      'LICENSE.md',
      'config.json',
      'model.safetensors',
      'pull.json',
    ]);
    expect(weightsPulled()).toBe(true);
    expect(JSON.parse(readFileSync(join(out(), 'pull.json'), 'utf8'))).toEqual(model);
    expect(readdirSync(folder)).toEqual(['model']);
  });

  it('sends the token to the hub and never to the storage host it redirects to', async () => {
    hub.manners.token = 'hf_secret';
    await pull('hf_secret');
    const told = (host: string) => hub.seen.filter((request) => request.host === host);
    expect(told('hub').every(({ authorization }) => authorization === 'Bearer hf_secret')).toBe(true);
    expect(told('cdn').map(({ authorization }) => authorization)).toEqual([undefined]);
  });

  it('goes on where a broken connection left off', async () => {
    hub.manners.cuts = [100_000, 50_000];
    await pull();
    expect(weightsPulled()).toBe(true);
    const [first, ...rest] = ranges();
    expect(first).toBeUndefined();
    expect(rest.length).toBeGreaterThan(0);
    for (const range of rest) expect(range).toMatch(/^bytes=[1-9]\d*-$/);
  });

  it('goes on where an earlier run left off', async () => {
    hub.manners.cuts = [100_000, 0, 0, 0, 0, 0];
    await expect(pull()).rejects.toMatchObject({ fault: 'unavailable' });
    expect(existsSync(out())).toBe(false);
    hub.manners.cuts = [];
    await pull();
    expect(weightsPulled()).toBe(true);
    expect(ranges().at(-1)).toMatch(/^bytes=[1-9]\d*-$/);
  });

  it.each(['isRangeWrong', 'isIgnoringRange'] as const)(
    'starts again when a resumed reply is %s',
    async (manner) => {
      hub.manners.cuts = [100_000];
      hub.manners[manner] = true;
      await pull();
      expect(weightsPulled()).toBe(true);
    },
  );

  it('waits out 429 and 5xx, and gets a new address when the storage host refuses an old one', async () => {
    hub.manners.refusals = [{ status: 429, retryAfter: '0' }, { status: 503 }, { status: 500 }];
    hub.manners.cdnRefusals = [403, 502];
    await pull();
    expect(weightsPulled()).toBe(true);
  });

  it('waits as long as Retry-After says', async () => {
    hub.manners.refusals = [{ status: 429, retryAfter: '1' }];
    const startMs = performance.now();
    await pull();
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(990);
  });

  it.each([
    ['a lie about the size, too small', { sizeLie: -1000 }, 'corrupt'],
    ['a lie about the size, too large', { sizeLie: 1000 }, 'unavailable'],
    ['a wrong digest', { isDigestWrong: true }, 'corrupt'],
    ['another commit than asked for', { otherCommit: 'dead'.repeat(10) }, 'protocol'],
    ['a gate', { isGated: true }, 'gated'],
    ['a missing token', { token: 'hf_secret' }, 'unauthorized'],
    [
      'a hub that stays broken',
      { refusals: Array.from({ length: 5 }, () => ({ status: 500 })) },
      'unavailable',
    ],
    ['a repository that is not there', { refusals: [{ status: 404 }] }, 'not-found'],
  ])('%s: refused, and nothing is placed', async (_, manners, fault) => {
    Object.assign(hub.manners, manners);
    await expect(pull()).rejects.toMatchObject({ fault });
    expect(existsSync(out())).toBe(false);
  });

  it.each([
    ['LICENSE.md', 'no-licence'],
    ['model.safetensors', 'no-weights'],
  ])('a repository without %s is refused before anything is fetched', async (name, fault) => {
    hub.files.delete(name);
    await expect(pull()).rejects.toMatchObject({ fault });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('an abort ends it', async () => {
    const controller = new AbortController();
    controller.abort();
    await expect(pull(undefined, controller.signal)).rejects.toThrow('aborted');
  });
});

describe('tessera models pull', () => {
  const command = (...args: string[]) =>
    runTessera(['models', 'pull', repo, '--out', out(), ...args], { HF_ENDPOINT: hub.endpoint });

  it('pulls, and says which commit', async () => {
    const { exitCode, stdout } = await command('--json');
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ out: out(), commit, licence: 'LICENSE.md' });
    expect(weightsPulled()).toBe(true);
  });

  it('a gated model: code 1, one line that says what to do', async () => {
    hub.manners.isGated = true;
    const { exitCode, stderr } = await command();
    expect(exitCode).toBe(1);
    expect(stderr).toContain('Accept the terms');
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });
});
