import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { AppError } from '#src/domain/app-error.ts';
import type { HttpsFetcherDeps } from '#src/remote/create-https-fetcher.ts';
import { createManualClock } from '#test/support/manual-clock.ts';
import { until } from '#test/support/until.ts';
import { codeOf, giveFile, open, outcome, redirectTo } from './fetcher-under-test.ts';

describe('time', () => {
  test('a slow drip ends at the limit, however steady it is', async () => {
    const clock = createManualClock();
    const site = await open((_req, res) => void res.write('x'));
    const arrived = Promise.withResolvers<undefined>();
    const result = outcome(
      site,
      undefined,
      { clock, timeoutMs: 5_000 },
      { onBytes: () => arrived.resolve(undefined) },
    );
    await arrived.promise;
    await clock.advance(4_999);
    expect(site.openConnections()).toBe(1);
    await clock.advance(1);
    expect(codeOf(await result)).toBe('url-timeout');
    await until('the connection is cut', () => site.openConnections() === 0);
    expect(clock.pendingTimers).toBe(0);
  });

  test('a server that never answers', async () => {
    const clock = createManualClock();
    const asked = Promise.withResolvers<undefined>();
    const site = await open(() => asked.resolve(undefined));
    const result = outcome(site, undefined, { clock, timeoutMs: 5_000 });
    await asked.promise;
    await clock.advance(5_000);
    expect(codeOf(await result)).toBe('url-timeout');
  });

  test('is counted over all redirects together', async () => {
    const clock = createManualClock();
    const asked = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
    const site = await open((req, res) => {
      if (req.url !== '/b') redirectTo('/b')(req, res);
      asked[req.url === '/b' ? 1 : 0]!.resolve(undefined);
    });
    const result = outcome(site, undefined, { clock, timeoutMs: 5_000 });
    await asked[0]!.promise;
    await clock.advance(3_000);
    await asked[1]!.promise;
    await clock.advance(2_000);
    expect(codeOf(await result)).toBe('url-timeout');
  });

  test('a name server that never answers', async () => {
    const clock = createManualClock();
    const site = await open(giveFile);
    const resolveHost: HttpsFetcherDeps['resolveHost'] = async (_host, lookup) => {
      await once(lookup, 'abort');
      throw new Error('cancelled');
    };
    const result = outcome(site, undefined, { clock, timeoutMs: 5_000, resolveHost });
    await clock.advance(5_000);
    expect(codeOf(await result)).toBe('url-timeout');
  });

  test('a client that goes away cancels the download', async () => {
    const clock = createManualClock();
    const controller = new AbortController();
    const arrived = Promise.withResolvers<undefined>();
    const site = await open((_req, res) => void res.write('x'));
    const result = outcome(
      site,
      undefined,
      { clock },
      {
        signal: controller.signal,
        onBytes: () => arrived.resolve(undefined),
      },
    );
    await arrived.promise;
    controller.abort(new AppError('request-cancelled', 'The client closed the request.'));
    expect(codeOf(await result)).toBe('request-cancelled');
    await until('the connection is cut', () => site.openConnections() === 0);
    expect(clock.pendingTimers).toBe(0);
  });

  test('a client that has gone already opens no connection', async () => {
    const site = await open(giveFile);
    const gone = AbortSignal.abort(new AppError('request-cancelled', 'The client closed the request.'));
    expect(codeOf(await outcome(site, undefined, {}, { signal: gone }))).toBe('request-cancelled');
    expect(site.connections()).toBe(0);
  });
});
