import { connect } from 'node:net';
import { once } from 'node:events';
import { afterEach, describe, expect, test } from 'vitest';
import { listen, type Listener } from '#services/gateway/listen.ts';
import { createLogger } from '#src/telemetry/logger.ts';

const log = createLogger('test', 'silent');
const open: Listener[] = [];
async function start(fetch: (request: Request) => Response | Promise<Response>, requestTimeoutMs = 10_000) {
  const listener = await listen(fetch, { host: '127.0.0.1', port: 0, requestTimeoutMs, log });
  open.push(listener);
  return listener;
}
afterEach(async () => {
  for (const listener of open.splice(0)) {
    const closed = listener.close();
    listener.destroy();
    await closed;
  }
});

describe('the listener', () => {
  test('says the port that was bound, and serves there', async () => {
    const { url } = await start(() => new Response('hello'));
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:[1-9]\d+$/);
    expect(await (await fetch(url)).text()).toBe('hello');
  });

  test.each([1, 500, 60_000])('starts with a request time of %i ms', async (requestTimeoutMs) => {
    const { url } = await start(() => new Response('hello'), requestTimeoutMs);
    expect((await fetch(url)).status).toBe(200);
  });

  test('rejects when the port is taken', async () => {
    const { url } = await start(() => new Response(''));
    const second = listen(() => new Response(''), {
      host: '127.0.0.1',
      port: Number(new URL(url).port),
      requestTimeoutMs: 1_000,
      log,
    });
    await expect(second).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  test('closing answers what is open, accepts nothing new and resolves when all is answered', async () => {
    const gate = Promise.withResolvers<undefined>();
    const arrived = Promise.withResolvers<undefined>();
    const listener = await start(async () => {
      arrived.resolve(undefined);
      await gate.promise;
      return new Response('late');
    });
    const reply = fetch(listener.url);
    await arrived.promise;
    let isClosed = false;
    const closing = listener.close().then(() => (isClosed = true));
    await expect(fetch(listener.url)).rejects.toThrow();
    expect(isClosed).toBe(false);
    gate.resolve(undefined);
    const response = await reply;
    expect(await response.text()).toBe('late');
    await closing;
  });

  test('while draining, replies end their connections', async () => {
    const listener = await start(() => new Response('x'));
    expect((await fetch(listener.url)).headers.get('connection')).not.toBe('close');
    listener.stopKeepAlive();
    expect((await fetch(listener.url)).headers.get('connection')).toBe('close');
  });
});

describe('what a socket may send', () => {
  /** Sends bytes and gives all that comes back until the server closes. */
  async function exchange(listener: Listener, text: string): Promise<string> {
    const socket = connect(Number(new URL(listener.url).port), '127.0.0.1');
    let answer = '';
    socket.setEncoding('latin1').on('data', (data: string) => (answer += data));
    socket.on('error', () => undefined);
    socket.end(text, 'latin1');
    await once(socket, 'close');
    return answer;
  }
  const host = 'Host: 127.0.0.1\r\nConnection: close\r\n';

  test.each([
    ['no host', 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
    ['a host that is none', 'GET / HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n', 400],
    ['a host with a user', 'GET / HTTP/1.1\r\nHost: evil@127.0.0.1\r\nConnection: close\r\n\r\n', 400],
    ['headers beyond 16 KiB', `GET / HTTP/1.1\r\n${host}X: ${'a'.repeat(17_000)}\r\n\r\n`, 431],
    ['bytes that are not ASCII in the path', `GET /\xff HTTP/1.1\r\n${host}\r\n`, 400],
    ['a backslash in the path', `GET /v1\\models HTTP/1.1\r\n${host}\r\n`, 400],
    [
      'a length and chunks at once',
      `POST / HTTP/1.1\r\n${host}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      400,
    ],
    ['two lengths', `POST / HTTP/1.1\r\n${host}Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd`, 400],
    ['a method that is none', `G@T / HTTP/1.1\r\n${host}\r\n`, 400],
    ['no HTTP at all', '\x16\x03\x01\x02\x00', 400],
  ])('%s gets a 4xx, and the next client is served', async (_, text, status) => {
    const listener = await start(() => new Response('fine'));
    expect(await exchange(listener, text)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(await (await fetch(listener.url)).text()).toBe('fine');
  });

  test('CONNECT opens nothing', async () => {
    const listener = await start(() => new Response('fine'));
    expect(await exchange(listener, `CONNECT 10.0.0.1:25 HTTP/1.1\r\n${host}\r\n`)).not.toMatch(
      /^HTTP\/1\.1 2/,
    );
    expect(await (await fetch(listener.url)).text()).toBe('fine');
  });
});
