import { randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pullModel } from '#src/store/hub/pull-model.ts';
import { runTessera } from '../cli/run-tessera.ts';
import { makeCertificates } from '../remote/loopback-site.ts';
import { commit, repo, startLoopbackHub, type LoopbackHub } from './loopback-hub.ts';

const weights = randomBytes(300_000);
let hub: LoopbackHub;
let folder: string;
let idleMs: number;
beforeEach(async () => {
  // A busy machine is no silent hub.
  idleMs = 20_000;
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
    access: { endpoint: hub.endpoint, token, basePauseMs: 1, idleMs, signal },
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

  it('goes on where a connection fell silent', async () => {
    hub.manners.cuts = [100_000, 50_000];
    hub.manners.isCutSilent = true;
    idleMs = 300;
    await pull();
    expect(weightsPulled()).toBe(true);
    expect(ranges().at(-1)).toMatch(/^bytes=[1-9]\d*-$/);
  });

  it('gives up a hub that accepts and never answers', async () => {
    hub.manners.isMute = true;
    idleMs = 300;
    await expect(pull()).rejects.toMatchObject({ fault: 'unavailable' });
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

  it('goes on nowhere by a weak tag, which does not vouch for bytes', async () => {
    hub.manners.cuts = [100_000];
    hub.manners.isTagWeak = true;
    await pull();
    expect(weightsPulled()).toBe(true);
    expect(ranges()).toEqual([undefined, undefined]);
  });

  it('says at once that a file cannot be written, and does not take it for a broken connection', async () => {
    const part = join(folder, `model.${commit.slice(0, 12)}.part`, 'model.safetensors.part');
    mkdirSync(part, { recursive: true });
    await expect(pull()).rejects.toMatchObject({
      fault: 'storage',
      message: expect.stringMatching(/model\.safetensors\.part cannot be written or read \(\w+\)/) as string,
    });
    expect(ranges()).toHaveLength(1);
  });

  it('sends no token over plain http but to this machine', async () => {
    const pullFrom = (endpoint: string, token?: string) =>
      pullModel({
        access: { endpoint, token, basePauseMs: 1, idleMs, signal: AbortSignal.timeout(20_000) },
        ...{ repo, revision: 'main', outDir: out(), onTotal: () => undefined, onBytes: () => undefined },
      });
    // Nobody is asked, so these need not exist.
    for (const endpoint of ['http://hub.invalid', 'http://10.0.0.1:1', 'http://127.0.0.1.hub.invalid']) {
      await expect(pullFrom(endpoint, 'hf_secret')).rejects.toMatchObject({
        fault: 'insecure',
        message: expect.not.stringContaining('hf_secret') as string,
      });
    }
    await pullFrom(hub.endpoint.replace('127.0.0.1', 'localhost'), 'hf_secret');
    expect(hub.seen[0]?.authorization).toBe('Bearer hf_secret');
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

  it('asks by HEAD where the list has names only, and checks all the same', async () => {
    hub.manners.isNamesOnly = true;
    const model = await pull();
    expect(model.files.map(({ name }) => name).sort()).toEqual([
      'LICENSE.md',
      'config.json',
      'model.safetensors',
    ]);
    expect(weightsPulled()).toBe(true);
    const heads = hub.seen.filter(({ method }) => method === 'HEAD');
    // Of what is kept, and never of the storage host.
    expect(heads.some(({ path }) => path.endsWith('/run.py'))).toBe(false);
    expect(heads.every(({ host }) => host === 'hub')).toBe(true);
    rmSync(out(), { recursive: true });
    hub.manners.linkedEtag = 'cd'.repeat(32);
    await expect(pull()).rejects.toMatchObject({ fault: 'corrupt' });
    hub.manners.isWithoutLinked = true;
    await expect(pull()).rejects.toMatchObject({ fault: 'protocol' });
  });

  it('keeps nothing of a file of which list and headers say different things', async () => {
    hub.manners.sizeLie = 1000;
    await expect(pull()).rejects.toMatchObject({ fault: 'corrupt' });
    expect(hub.manners.bytesKept()).toBe(0);
    expect(ranges()).toHaveLength(1);
  });

  it('waits until the date that Retry-After gives', async () => {
    // Whole seconds only: a date two seconds on is between one and two seconds away.
    const date = new Date(Date.now() + 2000).toUTCString();
    hub.manners.refusals = [{ status: 503, retryAfter: date }];
    const startMs = performance.now();
    await pull();
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(900);
  });

  it.each([
    ['a lie about the size, too small', { sizeLie: -1000 }, 'corrupt'],
    ['a lie about the size, too large', { sizeLie: 1000 }, 'corrupt'],
    ['the same from a mirror, too small', { sizeLie: -1000, isWithoutLinked: true }, 'corrupt'],
    ['the same from a mirror, too large', { sizeLie: 1000, isWithoutLinked: true }, 'unavailable'],
    ['a wrong digest', { isDigestWrong: true }, 'corrupt'],
    ['the same from a mirror', { isDigestWrong: true, isWithoutLinked: true }, 'corrupt'],
    ['a digest in the headers that is not the list’s', { linkedEtag: 'cd'.repeat(32) }, 'corrupt'],
    ['a gate, said to a stranger', { isGatedToStrangers: true }, 'gated'],
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
  const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    runTessera(['models', 'pull', ...args], {
      HF_ENDPOINT: hub.endpoint,
      TESSERA_DATA_DIR: join(folder, 'data'),
      ...env,
    });

  it('pulls, and says which commit', async () => {
    const { exitCode, stdout } = await run([repo, '--out', out(), '--json']);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ out: out(), commit, licence: 'LICENSE.md' });
    expect(weightsPulled()).toBe(true);
  });

  it('knows the publisher’s repository by a short name, and where the weights belong', async () => {
    const family = await startLoopbackHub('facebook/dinov3-vits16-pretrain-lvd1689m');
    for (const [name, bytes] of hub.files) family.files.set(name, bytes);
    try {
      const { exitCode } = await run(['dinov3_vits16'], { HF_ENDPOINT: family.endpoint });
      expect(exitCode).toBe(0);
      const pulled = readFileSync(join(folder, 'data/weights/dinov3_vits16/model.safetensors'));
      expect(pulled.equals(weights)).toBe(true);
    } finally {
      await family.close();
    }
  });

  it('asks the mirror that --endpoint names, not the hub', async () => {
    const args = [repo, '--endpoint', `${hub.endpoint}/`];
    const { exitCode } = await run(args, { HF_ENDPOINT: 'http://127.0.0.1:1' });
    expect(exitCode).toBe(0);
    expect(existsSync(join(folder, 'data/weights/owner--dinov3-test/pull.json'))).toBe(true);
  });

  it.each([
    ['a token whose account has not accepted the terms', { isGated: true }, 'Accept the terms at'],
    ['a stranger', { isGatedToStrangers: true }, 'It is given by HF_TOKEN or --token-file'],
    ['no token', { token: 'hf_other' }, '/settings/tokens, and give it by HF_TOKEN'],
  ])('a gate, for %s: code 1, one line that names the page and what to do', async (_, manners, said) => {
    Object.assign(hub.manners, manners);
    const { exitCode, stderr } = await run([repo]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`Accept the terms at ${hub.endpoint}/${repo}, with the account of the token`);
    expect(stderr).toContain(said);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  it.each([['../../etc'], ['owner/../x'], ['dinov3_vits17'], ['a/b/c']])(
    '%s is wrong usage',
    async (name) => {
      const { exitCode, stderr } = await run([name]);
      expect(exitCode).toBe(2);
      expect(stderr).toContain('dinov3_vits16plus');
      expect(hub.seen).toEqual([]);
    },
  );

  it('a token for an unprotected mirror: code 1, before anything is asked, and what to do', async () => {
    const env = { HF_ENDPOINT: 'http://mirror.invalid', HF_TOKEN: 'hf_secret' };
    const { exitCode, stderr } = await run([repo], env);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(
      /travel unprotected to http:\/\/mirror\.invalid; .* Give an https address .*HF_TOKEN/,
    );
    expect(stderr).not.toContain('hf_secret');
  });

  it('follows no redirect to another scheme, and names it', async () => {
    const plain = createHttpServer((_, res) => {
      res.writeHead(302, { location: 'file:///etc/hosts' }).end();
    });
    await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve));
    try {
      const { port } = plain.address() as AddressInfo;
      const { exitCode, stderr } = await run([repo], { HF_ENDPOINT: `http://127.0.0.1:${port}` });
      expect(exitCode).toBe(1);
      expect(stderr).toContain('redirects to an address of file:');
    } finally {
      await new Promise((resolve) => plain.close(resolve));
    }
  });

  it('follows no redirect from https to http', async () => {
    const { authority, key, certificate } = makeCertificates(['localhost']);
    const secure = createServer({ key, cert: certificate }, (req, res) => {
      res.writeHead(302, { location: `${hub.endpoint}${req.url}` }).end();
    });
    await new Promise<void>((resolve) => secure.listen(0, '127.0.0.1', resolve));
    writeFileSync(join(folder, 'ca.crt'), authority);
    try {
      const { port } = secure.address() as AddressInfo;
      const { exitCode, stderr } = await run([repo], {
        HF_ENDPOINT: `https://localhost:${port}`,
        HF_TOKEN: 'hf_secret',
        NODE_EXTRA_CA_CERTS: join(folder, 'ca.crt'),
      });
      expect(exitCode).toBe(1);
      expect(stderr).toContain('The hub redirects from https to an unprotected address.');
      expect(hub.seen).toEqual([]);
    } finally {
      secure.closeAllConnections();
      await new Promise((resolve) => secure.close(resolve));
    }
  });

  it('takes a folder instead of a hub, and asks no hub', async () => {
    const from = join(folder, 'copy');
    mkdirSync(from);
    for (const [name, bytes] of hub.files) writeFileSync(join(from, name), bytes);
    const { exitCode, stdout } = await run(['dinov3_vits16', '--from', from, '--out', out()]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('no list of digests was there');
    expect(weightsPulled()).toBe(true);
    expect(hub.seen).toEqual([]);
  });
});
