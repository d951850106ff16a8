import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { abortListeners } from '#test/support/listener-count.ts';
import type { AppError } from '#src/domain/app-error.ts';
import { makeCertificates } from './loopback-site.ts';
import {
  bounds,
  certificates,
  codeOf,
  fetcherFor,
  file,
  giveFile,
  host,
  open,
  outcome,
  redirectTo,
  secretPath,
} from './fetcher-under-test.ts';

describe('a file at an address of the list', () => {
  test('comes as it is; the server learns nothing but the path', async () => {
    const site = await open(giveFile);
    expect(await outcome(site)).toBe(file.toString());
    expect(site.requests).toEqual([
      {
        url: secretPath,
        headers: {
          host: `${host}:${site.port}`,
          accept: '*/*',
          'accept-encoding': 'identity',
          'user-agent': 'tessera',
          connection: 'keep-alive',
        },
      },
    ]);
  });

  test.each([
    ['in capitals', (port: number) => `HTTPS://IMAGES.Example.ORG:${port}/a`],
    [
      'in full-width letters, which the URL standard folds',
      (port: number) => `https://ｉmages.example.org:${port}/a`,
    ],
    ['below a wildcard', (port: number) => `https://a.b.${host}:${port}/a`],
    ['with a fragment, which is not sent', (port: number) => `https://${host}:${port}/a#s3cret`],
  ])('%s', async (_, urlOf) => {
    const site = await open(giveFile);
    // The certificate's wildcard covers one label only.
    const expected = urlOf(1).includes('a.b.') ? 'url-unreachable' : file.toString();
    expect(codeOf(await outcome(site, urlOf(site.port)))).toBe(expected);
    if (expected === file.toString()) expect(site.requests[0]!.url).toBe('/a');
  });

  test('leaves no listener on the signal of its caller', async () => {
    const site = await open(giveFile);
    const { signal } = new AbortController();
    await outcome(site, undefined, {}, { signal });
    expect(abortListeners(signal)).toBe(0);
  });

  test('tells of bytes as they come, and of no more than it takes', async () => {
    const site = await open(giveFile);
    let told = 0;
    await outcome(site, undefined, {}, { onBytes: (count) => void (told += count) });
    expect(told).toBe(file.length);
  });

  test('that is empty is a fault of the request', async () => {
    expect(codeOf(await outcome(await open((_req, res) => void res.end())))).toBe('malformed-request');
  });

  test('and one connection serves several files', async () => {
    const site = await open(giveFile);
    const fetcher = fetcherFor(site.port);
    for (const path of ['/a', '/b', '/c']) await fetcher.fetch(`https://${host}:${site.port}${path}`, bounds);
    expect([site.connections(), site.requests.length]).toEqual([1, 3]);
  });
});

describe('redirects', () => {
  test.each([301, 302, 303, 307, 308])('%i is followed within the list', async (status) => {
    const site = await open((req, res) =>
      (req.url === '/b' ? giveFile : redirectTo(`https://a.${host}:${site.port}/b`, status))(req, res),
    );
    expect(await outcome(site)).toBe(file.toString());
  });

  test('three are followed, a fourth is not, and a loop ends', async () => {
    const site = await open((req, res) => {
      const hop = Number(req.url!.slice(1));
      (hop === 0 ? giveFile : redirectTo(`/${hop - 1}`))(req, res);
    });
    const at = (hops: number) => outcome(site, `https://${host}:${site.port}/${hops}`);
    expect(await at(3)).toBe(file.toString());
    expect(codeOf(await at(4))).toBe('url-unreachable');
    const loop = await open(redirectTo('/again'));
    expect(codeOf(await outcome(loop))).toBe('url-unreachable');
    expect(loop.requests).toHaveLength(4);
  });

  test.each([
    ['to http', `http://${host}/`],
    ['to another host', 'https://other.example.org/'],
    ['to another port', `https://${host}:1/`],
    ['to the cloud’s metadata', 'https://169.254.169.254/latest/meta-data'],
    ['to loopback', 'https://127.0.0.1/'],
    ['to loopback in another notation', 'https://0x7f.1/'],
    ['with credentials', `https://user:pass@${host}/`],
    ['to a file', 'file:///etc/passwd'],
  ])('%s is refused', async (_, location) => {
    const site = await open(redirectTo(location));
    expect(codeOf(await outcome(site))).toBe('url-not-allowed');
    expect(site.requests).toHaveLength(1);
  });

  test.each([
    ['to nowhere', undefined],
    ['to no URL', 'https://'],
  ])('%s are the server’s fault', async (_, location) => {
    const site = await open(
      (_req, res) => void res.writeHead(302, location === undefined ? {} : { location }).end(),
    );
    expect(codeOf(await outcome(site))).toBe('url-unreachable');
  });

  test('cookies of the first server are not carried to the next', async () => {
    const site = await open((req, res) => {
      if (req.url === '/b') res.end(file);
      else res.writeHead(302, { location: '/b', 'set-cookie': 'id=1' }).end();
    });
    expect(await outcome(site)).toBe(file.toString());
    expect(site.requests[1]!.headers).not.toHaveProperty('cookie');
    expect(site.requests[1]!.headers).not.toHaveProperty('referer');
  });
});

describe('who may be believed', () => {
  test.each([
    ['a certificate of another authority', `https://${host}`, [makeCertificates([host]).authority]],
    ['a certificate for another name', 'https://wrong.example.org', [certificates.authority]],
    ['no authority at all', `https://${host}`, []],
  ])('%s is refused', async (_, base, authorities) => {
    const site = await open(giveFile);
    const result = await outcome(site, `${base}:${site.port}/`, { authorities });
    expect(codeOf(result)).toBe('url-unreachable');
    expect((result as AppError).detail).toContain('certificate');
    expect(site.requests).toEqual([]);
  });

  test('an environment that switches checking off is not heeded', async () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    onTestFinished(() => void vi.unstubAllEnvs());
    const site = await open(giveFile);
    expect(codeOf(await outcome(site, undefined, { authorities: [] }))).toBe('url-unreachable');
    expect(site.requests).toEqual([]);
  });

  test('a port where nobody listens', async () => {
    const site = await open(giveFile);
    const result = await outcome(site, undefined, {
      resolveHost: () => Promise.resolve(['127.0.0.3']),
      isAllowedAddress: () => true,
    });
    expect(codeOf(result)).toBe('url-unreachable');
  });
});
