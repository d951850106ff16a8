import { connect } from 'node:net';
import { once } from 'node:events';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { listen } from '#services/gateway/listen.ts';
import { createLogger } from '#src/telemetry/logger.ts';
import { postFile, postForm, postJson } from './bodies.ts';
import { createTestApp, expectProblem, origin } from './harness.ts';
import { dataUri, jpegImage, pngImage } from './images.ts';

const png = await pngImage();
const jpeg = await jpegImage();

describe('whatever a request holds, the answer is a success or a problem of the client', () => {
  const app = createTestApp();
  const path = fc.oneof(
    fc.constantFrom(
      '/v1/embeddings',
      '/v1/classifications',
      '/v1/models',
      '/readyz',
      '/docs/start.js',
      '/',
      '',
    ),
    fc.webPath(),
    fc.string().map((text) => `/v1/models/${encodeURIComponent(text.toWellFormed())}`),
    fc
      .array(
        fc.constantFrom(
          '/',
          '..',
          '.',
          '%2e',
          '%2f',
          '%5c',
          '%00',
          '%',
          '%zz',
          '%ff',
          'v1',
          'docs',
          ':id',
          '*',
          '{id}',
        ),
      )
      .map((pieces) => `/${pieces.join('')}`),
  );
  const query = fc.oneof(
    fc.constant(''),
    fc.webQueryParameters().map((text) => `?${text}`),
    fc.string().map((text) => `?${encodeURI(text.toWellFormed())}`),
  );
  const method = fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND');
  const type = fc.constantFrom(
    'image/png',
    'application/json',
    'multipart/form-data; boundary=b',
    'multipart/form-data',
    'application/octet-stream',
    'text/plain',
    '',
    ';',
    'application/json;;',
  );
  const body = fc.oneof(
    fc.uint8Array({ maxLength: 400 }),
    fc.json().map((text) => Uint8Array.from(Buffer.from(text))),
    fc
      .record({ input: fc.oneof(fc.string(), fc.array(fc.string()), fc.jsonValue()) })
      .map((value) => Uint8Array.from(Buffer.from(JSON.stringify(value)))),
    fc
      .array(
        fc.constantFrom(
          '--b\r\n',
          '--b--',
          '\r\n',
          'Content-Disposition: form-data; name="',
          'file',
          '"',
          '\r\n\r\n',
          'x',
          '; filename="f"',
        ),
      )
      .map((pieces) => Uint8Array.from(Buffer.from(pieces.join('')))),
  );
  const headerValue = fc.string({ maxLength: 60 }).map((text) => text.replaceAll(/[^\x20-\x7e]/g, '').trim());
  const headers = fc.dictionary(
    fc.constantFrom(
      'accept',
      'x-request-id',
      'traceparent',
      'authorization',
      'content-encoding',
      'origin',
      'cookie',
      'range',
      'expect',
      'content-length',
    ),
    headerValue,
    { maxKeys: 3 },
  );

  test('of 1,000 random requests', async () => {
    await fc.assert(
      fc.asyncProperty(
        path,
        query,
        method,
        type,
        body,
        headers,
        async (where, search, how, contentType, bytes, extra) => {
          const hasBody = how !== 'GET' && how !== 'HEAD';
          const init = {
            method: how,
            headers: { ...extra, 'content-type': contentType },
            ...(hasBody && { body: bytes }),
          };
          const response = await app.fetch(new Request(origin + where + search, init));
          const text = await response.text();
          expect(response.status, text).toBeLessThan(500);
          if (response.status >= 400)
            expect(response.headers.get('content-type')).toBe('application/problem+json');
          expect(response.headers.get('x-request-id')).toMatch(/^[A-Za-z0-9._-]{1,128}$/);
          expect(app.budget.usedBytes()).toBe(0);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  test('of images with broken bytes', async () => {
    const broken = fc
      .tuple(
        fc.constantFrom(png, jpeg),
        fc.array(fc.tuple(fc.nat(5_000), fc.nat(255)), { maxLength: 6 }),
        fc.nat(5_000),
      )
      .map(([image, changes, cut]) => {
        const copy = Uint8Array.from(image);
        for (const [at, byte] of changes) copy[at % copy.length] = byte;
        return cut % 3 === 0 ? copy.slice(0, cut % copy.length) : copy;
      });
    await fc.assert(
      fc.asyncProperty(broken, async (bytes) => {
        const init = postFile(bytes, 'application/octet-stream');
        const response = await app.request('/v1/embeddings', init);
        expect([200, 400, 413, 415, 422], await response.text()).toContain(response.status);
      }),
      { numRuns: 300 },
    );
  });
});

describe('memory', () => {
  test('of a JSON body is bounded by its bytes, whatever its structure', async () => {
    const app = createTestApp({
      limits: { maxRequestBytes: 32 * 1024 * 1024 },
      maxBufferedBytes: 64 * 1024 * 1024,
    });
    const bombs = [
      `{"input":[${'[],'.repeat(5_000_000)}[]]}`,
      `{"input":[${'1,'.repeat(7_000_000)}1]}`,
      `{"input":"x","y":${'{"a":'.repeat(2_000_000)}1${'}'.repeat(2_000_000)}}`,
    ];
    for (const bomb of bombs) {
      const before = process.memoryUsage();
      await expectProblem(await app.request('/v1/embeddings', postJson(bomb)), 413, 'too-many-items');
      // Parsed, the first one alone takes above 200 MB of heap; refused, only its bytes were held.
      expect(process.memoryUsage().heapUsed - before.heapUsed).toBeLessThan(60 * 1024 * 1024);
    }
  });

  test('of a data URI is bounded by its length, whatever its encoding', async () => {
    const app = createTestApp({
      limits: { maxRequestBytes: 32 * 1024 * 1024, maxFileBytes: 30 * 1024 * 1024 },
      maxBufferedBytes: 64 * 1024 * 1024,
    });
    const started = performance.now();
    const escapes = `data:image/png,${'%41'.repeat(8_000_000)}`;
    await expectProblem(
      await app.request('/v1/embeddings', postJson({ input: escapes })),
      415,
      'unsupported-media-type',
    );
    const plain = `data:image/png,${'A'.repeat(24_000_000)}`;
    await expectProblem(
      await app.request('/v1/embeddings', postJson({ input: plain })),
      415,
      'unsupported-media-type',
    );
    // Decoded through strings and arrays each of these took above five seconds.
    expect(performance.now() - started).toBeLessThan(4_000);
  });
});

describe('nothing that a client sends reaches the log', () => {
  test('no name, option, query, header, body or path', async () => {
    const app = createTestApp();
    const mark = 'PatientDoe1970';
    await app.request(`/${mark}?${mark}=${mark}`, {
      headers: { cookie: mark, 'user-agent': mark, referer: mark },
    });
    await app.request(`/v1/models/${mark}`);
    await app.request(`/v1/embeddings?model=${mark}`, postFile(png));
    await app.request(`/v1/embeddings?${mark}=1`, postFile(png));
    await app.request('/v1/embeddings', await postForm(['file', png], [mark, mark]));
    await app.request('/v1/embeddings', postJson({ input: `data:text/plain,${mark}`, [mark]: mark }));
    await app.request(
      '/v1/classifications',
      await postForm(['file', png], [`example:${mark}`, png], ['example:b', png]),
    );
    await app.request('/v1/embeddings', {
      ...postFile(png),
      headers: { authorization: `Bearer ${mark}`, 'x-request-id': `${mark} x` },
    });
    expect(app.logLines.length).toBeGreaterThan(7);
    expect(JSON.stringify(app.logLines)).not.toContain(mark);
  });
});

describe('over a real socket', async () => {
  const app = createTestApp();
  const log = createLogger('test', 'silent');
  const listener = await listen(app.fetch, { host: '127.0.0.1', port: 0, requestTimeoutMs: 10_000, log });
  afterAll(() => listener.close());
  const host = `Host: ${new URL(listener.url).host}\r\nConnection: close\r\n`;

  /** Sends bytes and gives status line, headers and body as they came. */
  async function exchange(
    head: string,
    body: Uint8Array = new Uint8Array(0),
  ): Promise<{ status: number; head: string; body: string }> {
    const socket = connect(Number(new URL(listener.url).port), '127.0.0.1');
    let answer = '';
    socket.setEncoding('latin1').on('data', (data: string) => (answer += data));
    // A server that has answered may close while the client still writes.
    socket.on('error', () => undefined);
    socket.write(head, 'latin1');
    if (body.length > 0) socket.write(body);
    await new Promise((resolve) => socket.once('close', resolve));
    const [top = '', ...rest] = answer.split('\r\n\r\n');
    return { status: Number(top.slice(9, 12)), head: top.toLowerCase(), body: rest.join('\r\n\r\n') };
  }

  test.each([
    ['TRACE', `TRACE /livez HTTP/1.1\r\n${host}\r\n`, 405],
    ['OPTIONS', `OPTIONS /livez HTTP/1.1\r\n${host}\r\n`, 405],
    ['a body on GET', `GET /livez HTTP/1.1\r\n${host}Content-Length: 5\r\n\r\nhello`, 200],
    ['an absolute target', `GET http://evil.example/livez HTTP/1.1\r\n${host}\r\n`, 200],
    ['a second Host', `GET /livez HTTP/1.1\r\nHost: evil.example\r\n${host}\r\n`, 403],
    ['a rebound name', 'GET /livez HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n', 403],
    ['escapes in the path', `GET /v1/models/%ff%00%0d%0a HTTP/1.1\r\n${host}\r\n`, 404],
    ['broken escapes in the path', `GET /v1/models/%zz% HTTP/1.1\r\n${host}\r\n`, 404],
    ['dots out of the page', `GET /docs/..%2f..%2fpackage.json HTTP/1.1\r\n${host}\r\n`, 404],
    ['an address of 15 KB', `GET /v1/models/${'a'.repeat(15_000)} HTTP/1.1\r\n${host}\r\n`, 404],
  ])('%s', async (_, head, status) => {
    const reply = await exchange(head);
    expect(reply.status).toBe(status);
    if (status >= 400) expect(reply.head).toContain('content-type: application/problem+json');
  });

  test('HEAD has no body, with a success and with a problem', async () => {
    for (const [path, status] of [
      ['/livez', 200],
      ['/v1/embeddings', 405],
      ['/nowhere', 404],
    ] as const) {
      const reply = await exchange(`HEAD ${path} HTTP/1.1\r\n${host}\r\n`);
      expect([reply.status, reply.body]).toEqual([status, '']);
    }
  });

  test.each([
    ['declared', 'Content-Length: 20000000\r\n'],
    ['in chunks', 'Transfer-Encoding: chunked\r\n'],
  ])('a body that is too large, %s, is answered although the client still sends', async (_, length) => {
    const chunk = Buffer.concat([Buffer.from('100000\r\n'), Buffer.alloc(0x100000), Buffer.from('\r\n')]);
    const body = length.startsWith('Transfer')
      ? Buffer.concat(Array<Buffer>(8).fill(chunk))
      : Buffer.alloc(8_000_000);
    const reply = await exchange(
      `POST /v1/embeddings HTTP/1.1\r\n${host}Content-Type: image/png\r\n${length}\r\n`,
      body,
    );
    expect(reply.status).toBe(413);
    expect(reply.body).toContain('payload-too-large');
    expect(app.budget.usedBytes()).toBe(0);
  });

  test('a client that sends half an image and leaves costs nothing', async () => {
    const socket = connect(Number(new URL(listener.url).port), '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(
      `POST /v1/embeddings HTTP/1.1\r\n${host}Content-Type: image/png\r\nContent-Length: ${png.length}\r\n\r\n`,
    );
    socket.write(png.subarray(0, 60));
    await once(socket, 'connect');
    socket.destroy();
    await once(socket, 'close');
    expect((await fetch(`${listener.url}/v1/embeddings`, postJson({ input: dataUri(png) }))).status).toBe(
      200,
    );
    expect(app.budget.usedBytes()).toBe(0);
  });
});
