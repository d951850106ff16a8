import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { AppError } from '#src/domain/app-error.ts';
import { until } from '#test/support/until.ts';
import { codeOf, file, open, outcome } from './fetcher-under-test.ts';

describe('bodies', () => {
  test('more than the limit, declared: refused at the head', async () => {
    const site = await open((_req, res) => res.writeHead(200, { 'content-length': 1_001 }).flushHeaders());
    expect(codeOf(await outcome(site))).toBe('payload-too-large');
    await until('the connection is cut', () => site.openConnections() === 0);
  });

  test('an endless one is cut at the limit', async () => {
    let sent = 0;
    const site = await open((_req, res) => {
      const pump = (): void => {
        while (!res.destroyed && res.write(Buffer.alloc(100))) sent += 100;
        if (!res.destroyed) res.once('drain', pump);
      };
      pump();
    });
    expect(codeOf(await outcome(site))).toBe('payload-too-large');
    await until('the connection is cut', () => site.openConnections() === 0);
    expect(sent).toBeGreaterThan(1_000);
  });

  test('exactly the limit is not too large', async () => {
    const site = await open((_req, res) => void res.end(Buffer.alloc(1_000)));
    expect(await outcome(site)).toHaveLength(1_000);
  });

  test('one that is shorter than declared is no file', async () => {
    const site = await open((_req, res) => {
      res.writeHead(200, { 'content-length': 500 }).write(file);
      setImmediate(() => res.destroy());
    });
    expect(codeOf(await outcome(site))).toBe('url-unreachable');
  });

  test('what comes beyond the declared length is not read', async () => {
    const site = await open((_req, res) => {
      res.strictContentLength = false;
      res.socket!.end(`HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n${file.toString()}`);
    });
    expect(await outcome(site)).toBe('the ');
  });

  test('a compressed one is refused, not unpacked', async () => {
    const bomb = gzipSync(Buffer.alloc(1_000_000));
    for (const encoding of ['gzip', 'GZIP', 'br', 'identity, gzip']) {
      const site = await open(
        (_req, res) => void res.writeHead(200, { 'content-encoding': encoding }).end(bomb),
      );
      expect(codeOf(await outcome(site, undefined, {}, { maxBytes: 10_000 }))).toBe('url-unreachable');
    }
  });

  test('a page is told apart from an image', async () => {
    const site = await open(
      (_req, res) => void res.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('<p>'),
    );
    expect(codeOf(await outcome(site))).toBe('unsupported-media-type');
  });

  test.each([204, 206, 304, 401, 404, 429, 500])('status %i gives no file', async (status) => {
    const site = await open((_req, res) => void res.writeHead(status).end());
    const result = await outcome(site);
    expect(codeOf(result)).toBe('url-unreachable');
    expect((result as AppError).detail).toContain(String(status));
  });

  test('whoever takes the bytes can stop the download', async () => {
    const stop = new AppError('overloaded', 'Too many uploads are in progress.');
    const site = await open((_req, res) => void res.write(file));
    const onBytes = (): void => {
      throw stop;
    };
    expect(await outcome(site, undefined, {}, { onBytes })).toBe(stop);
    await until('the connection is cut', () => site.openConnections() === 0);
  });
});
