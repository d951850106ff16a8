import { describe, expect, test } from 'vitest';
import { openSite } from './loopback-site.ts';
import {
  type Answer,
  certificates,
  codeOf,
  file,
  giveFile,
  open,
  outcome,
  redirectTo,
} from './fetcher-under-test.ts';

describe('name servers that lie', () => {
  /** Two machines of one name and port: 127.0.0.2 stands for the public one, 127.0.0.1 for what lies inside. */
  async function openBoth(answer: Answer) {
    const outer = await openSite({ certificates, answer, address: '127.0.0.2' });
    const inner = await openSite({ certificates, answer: giveFile, address: '127.0.0.1', port: outer.port });
    let asked = 0;
    const resolveHost = () => Promise.resolve([asked++ === 0 ? '127.0.0.2' : '127.0.0.1']);
    const deps = { resolveHost, isAllowedAddress: (address: string) => address === '127.0.0.2' };
    return { outer, inner, deps, asked: () => asked };
  }

  test('the address that was checked is the one that is connected to', async () => {
    const { outer, inner, deps, asked } = await openBoth((_req, res) => void res.end('outside'));
    expect(await outcome(outer, undefined, deps)).toBe('outside');
    expect([asked(), inner.connections()]).toEqual([1, 0]);
  });

  test('a redirect is looked up and checked anew', async () => {
    const { outer, inner, deps, asked } = await openBoth(redirectTo('/again'));
    expect(codeOf(await outcome(outer, undefined, deps))).toBe('url-not-allowed');
    expect([asked(), inner.connections(), outer.requests.length]).toEqual([2, 0, 1]);
  });

  test('one forbidden address among allowed ones is enough to refuse', async () => {
    const site = await open(giveFile);
    for (const bad of ['10.0.0.1', '::1', '169.254.169.254', '::ffff:127.0.0.1', 'nonsense']) {
      const resolveHost = () => Promise.resolve(['127.0.0.1', bad]);
      expect(codeOf(await outcome(site, undefined, { resolveHost }))).toBe('url-not-allowed');
    }
    expect(site.connections()).toBe(0);
  });

  test('a thousand addresses are a few attempts', async () => {
    const site = await openSite({ certificates, answer: giveFile, address: '127.0.0.9' });
    const dead = Array.from(
      { length: 1_000 },
      (_, at) => `127.0.${1 + Math.floor(at / 250)}.${1 + (at % 250)}`,
    );
    const deps = { isAllowedAddress: (address: string) => address.startsWith('127.') };
    const all = await outcome(site, undefined, {
      ...deps,
      resolveHost: () => Promise.resolve([...dead, '127.0.0.9']),
    });
    expect(codeOf(all)).toBe('url-unreachable');
    const few = await outcome(site, undefined, {
      ...deps,
      resolveHost: () => Promise.resolve([...dead.slice(0, 2), '127.0.0.9']),
    });
    expect(few).toBe(file.toString());
  });

  test.each<[string, () => Promise<string[]>]>([
    ['no address', () => Promise.resolve([])],
    [
      'an error',
      () =>
        Promise.reject(
          Object.assign(new Error('queryA ENOTFOUND images.example.org'), { code: 'ENOTFOUND' }),
        ),
    ],
  ])('%s', async (_, resolveHost) => {
    expect(codeOf(await outcome(await open(giveFile), undefined, { resolveHost }))).toBe('url-unreachable');
  });
});
