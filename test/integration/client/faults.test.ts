import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createTesseraClient, type TesseraClientOptions } from '#src/client/create-tessera-client.ts';
import { TesseraConnectionError } from '#src/client/tessera-connection-error.ts';
import { TesseraProblem } from '#src/client/tessera-problem.ts';
import { until } from '#test/support/until.ts';
import {
  answerJson,
  answerText,
  cutAfter,
  startFaultServer,
  type Answer,
  type FaultServer,
} from './fault-server.ts';

const image = new Uint8Array(100);
const servers: FaultServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function against(answers: readonly Answer[], options: Partial<TesseraClientOptions> = {}) {
  const server = await startFaultServer(...answers);
  servers.push(server);
  const retry = { baseDelayMs: 1 };
  return { server, client: createTesseraClient({ baseUrl: server.url, retry, ...options }) };
}

const problem = (status: number, code: string, more: object = {}): object => ({
  type: `urn:tessera:problem:${code}`,
  title: 'Title',
  status,
  detail: 'Detail.',
  instance: 'urn:tessera:request:1',
  code,
  ...more,
});
const busy = answerJson(problem(503, 'overloaded'), 503, {
  'content-type': 'application/problem+json',
  'retry-after': '0',
});
const models = answerJson({ object: 'list', data: [] });
const thrownBy = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'nothing was thrown',
    (thrown: unknown) => thrown,
  );

describe('a service that is busy', () => {
  it('is asked again after Retry-After seconds, not before, with the whole body', async () => {
    const wait = answerJson(problem(429, 'rate-limited'), 429, { 'retry-after': '1' });
    const { server, client } = await against([wait, answerJson({ object: 'list', data: [] })]);
    const startedMs = performance.now();
    await client.createEmbeddings(image);
    // A timer may fire up to a millisecond early.
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(999);
    expect(server.requests).toHaveLength(2);
    expect(server.requests[1]!.bodyBytes).toBe(server.requests[0]!.bodyBytes);
    expect(server.requests[0]!.bodyBytes).toBeGreaterThan(image.byteLength);
  });

  it('is asked again after a date', async () => {
    const later = new Date(Date.now() + 2_000).toUTCString();
    const { server, client } = await against([
      answerJson({}, 503, { 'retry-after': later, date: new Date(Date.parse(later) - 1_000).toUTCString() }),
      models,
    ]);
    const startedMs = performance.now();
    await client.listModels();
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(999);
    expect(server.requests).toHaveLength(2);
  });

  it('is given up when it stays so, with its last problem', async () => {
    const { server, client } = await against([busy]);
    const thrown = await thrownBy(client.createEmbeddings(image));
    expect(thrown).toBeInstanceOf(TesseraProblem);
    expect(thrown).toMatchObject({
      status: 503,
      code: 'overloaded',
      retryAfterMs: 0,
      message: 'Title: Detail. (overloaded)',
    });
    expect(server.requests).toHaveLength(4);
  });

  it('is asked once when the body is a stream, which is gone', async () => {
    const { server, client } = await against([busy, models]);
    await expect(client.createEmbeddings(new Blob([image]).stream())).rejects.toMatchObject({
      code: 'overloaded',
    });
    expect(server.requests).toHaveLength(1);
  });

  it.each(['readyz', 'livez'] as const)(
    'is asked once by %s: a probe wants to know how it is now',
    async (probe) => {
      const { server, client } = await against([busy, models]);
      await expect(client[probe]()).rejects.toMatchObject({ status: 503 });
      expect(server.requests).toHaveLength(1);
    },
  );

  it('is waited for no longer than the caller does', async () => {
    const { server, client } = await against([answerJson({}, 503, { 'retry-after': '30' })]);
    const reason = new Error('enough');
    const controller = new AbortController();
    const call = client.listModels({ signal: controller.signal });
    const thrown = thrownBy(call);
    await until('the request is there', () => server.requests.length === 1);
    controller.abort(reason);
    expect(await thrown).toBe(reason);
  });
});

describe('an address where nobody listens', () => {
  it('is tried again while that lasts: what is refused was not sent', async () => {
    const placeholder = createServer();
    await new Promise<void>((resolve) => placeholder.listen(0, '127.0.0.1', resolve));
    const { port } = placeholder.address() as AddressInfo;
    await new Promise((resolve) => placeholder.close(resolve));
    let tries = 0;
    const client = createTesseraClient({
      baseUrl: `http://127.0.0.1:${port}`,
      retry: { baseDelayMs: 1, maxAttempts: 3 },
      fetch(input, init) {
        tries += 1;
        return globalThis.fetch(input, init);
      },
    });
    const thrown = await thrownBy(client.createEmbeddings(image));
    expect(thrown).toBeInstanceOf(TesseraConnectionError);
    expect(thrown).toMatchObject({ kind: 'unreachable' });
    expect(tries).toBe(3);
  });
});

describe('a connection that breaks', () => {
  it('before an answer is unreachable, and the request is not sent again', async () => {
    const { server, client } = await against([(res) => res.destroy(), models]);
    await expect(client.createEmbeddings(image)).rejects.toMatchObject({ kind: 'unreachable' });
    expect(server.requests).toHaveLength(1);
  });

  it('within an answer is a broken reply', async () => {
    const { client } = await against([cutAfter('{"object":"list","data":[', 'application/json')]);
    await expect(client.createEmbeddings(image)).rejects.toMatchObject({ kind: 'broken-reply' });
    await expect(client.createFeatures(image, 'npy')).rejects.toMatchObject({ kind: 'broken-reply' });
    await expect(client.metrics()).rejects.toMatchObject({ kind: 'broken-reply' });
  });

  it('within a stream is told after the lines that came', async () => {
    const failed = JSON.stringify({ object: 'error', index: 0, status: 422, error: {}, embedding: null });
    const { client } = await against([cutAfter(`${failed}\n{"obj`, 'application/x-ndjson')]);
    const seen: string[] = [];
    const reading = async (): Promise<void> => {
      for await (const line of client.streamEmbeddings([image])) seen.push(line.object);
    };
    await expect(reading()).rejects.toMatchObject({ kind: 'broken-reply' });
    expect(seen).toEqual(['error']);
  });

  it('between two lines, before the summary, is no end', async () => {
    const { client } = await against([answerText('{"object":"error","index":0}\n', 'application/x-ndjson')]);
    await expect(Array.fromAsync(client.streamEmbeddings([image]))).rejects.toMatchObject({
      kind: 'broken-reply',
    });
  });
});

describe('an answer of something else', () => {
  it.each([
    ['a page of a proxy', answerText('<html>502</html>', 'text/html', 502), 502],
    ['a problem that is none', answerText('{"title":1}', 'application/problem+json', 500), 500],
    [
      'a problem without a status',
      answerText(
        '{"type":"a","title":"b","detail":"c","instance":"d","code":"e"}',
        'application/problem+json',
        500,
      ),
      500,
    ],
    ['half a problem', answerText('{"title":', 'application/problem+json', 422), 422],
    ['a redirect', (res) => res.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(), 302],
  ])('%s is a problem of its status', async (_, answer, status) => {
    const { client } = await against([answer]);
    const thrown = await thrownBy(client.listModels());
    expect(thrown).toMatchObject({
      name: 'TesseraProblem',
      status,
      code: 'unexpected-reply',
      type: 'about:blank',
    });
  });

  it.each([
    ['a page', answerText('<html>', 'text/html')],
    ['a list', answerJson([])],
    ['nothing', answerText('', 'application/json')],
    ['no items', answerJson({ object: 'list' })],
    ['vectors as text', answerJson({ data: [{ object: 'embedding', embedding: '***' }] })],
  ])('%s instead of embeddings is a broken reply', async (_, answer) => {
    const { client } = await against([answer]);
    await expect(client.createEmbeddings(image)).rejects.toMatchObject({ kind: 'broken-reply' });
  });
});

describe('a stream that the service ends early', () => {
  it('throws its problem after the summary', async () => {
    const summary = JSON.stringify({ object: 'summary', status: 413, error: problem(413, 'too-many-items') });
    const { client } = await against([answerText(`${summary}\n`, 'application/x-ndjson')]);
    const seen: string[] = [];
    const reading = async (): Promise<void> => {
      for await (const line of client.streamEmbeddings([image])) seen.push(line.object);
    };
    await expect(reading()).rejects.toMatchObject({
      name: 'TesseraProblem',
      code: 'too-many-items',
      status: 413,
    });
    expect(seen).toEqual(['summary']);
  });
});

describe('a request', () => {
  it('carries the key, the type that is asked for, and goes below the path of the base', async () => {
    const { server } = await against([models]);
    const client = createTesseraClient({ baseUrl: `${server.url}/behind/proxy`, apiKey: 'secret-1' });
    await client.getModel('a/b ü').catch(() => undefined);
    const [request] = server.requests;
    expect(request).toMatchObject({
      url: '/behind/proxy/v1/models/a%2Fb%20%C3%BC',
      headers: { authorization: 'Bearer secret-1', accept: 'application/json' },
    });
  });

  it.each([
    ['ftp://127.0.0.1/', undefined],
    ['nowhere', undefined],
    ['http://127.0.0.1/', 'two words'],
    ['http://127.0.0.1/', 'line\nbreak'],
    ['http://127.0.0.1/', ''],
  ])('to %j with key %j is refused at once, without showing the key', (baseUrl, apiKey) => {
    const make = (): unknown => createTesseraClient({ baseUrl, apiKey });
    expect(make).toThrow(TypeError);
    if (apiKey !== undefined && apiKey !== '') expect(make).not.toThrow(apiKey);
  });

  it('whose source fails rejects with what the source threw', async () => {
    const { client } = await against([models]);
    const fault = new Error('the disk is gone');
    const source = new ReadableStream<Uint8Array>({ pull: (controller) => controller.error(fault) });
    expect(await thrownBy(client.createEmbeddings(source))).toBe(fault);
    const failing = async function* (): AsyncGenerator<Uint8Array> {
      yield await Promise.resolve(image);
      throw fault;
    };
    expect(await thrownBy(Array.fromAsync(client.streamEmbeddings(failing())))).toBe(fault);
  });

  it('that is refused before all of it was sent is not read on, and its source is told', async () => {
    const server = createHttpServer((_req, res) => res.writeHead(413).end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const { promise: isClosed, resolve: onClosed } = Promise.withResolvers<string>();
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(1000)),
      cancel: () => onClosed('closed'),
    });
    const client = createTesseraClient({ baseUrl: `http://127.0.0.1:${port}` });
    await expect(client.createEmbeddings(endless)).rejects.toMatchObject({ status: 413 });
    expect(await isClosed).toBe('closed');
    await new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  });

  it('with arguments that cannot be meant is never sent', async () => {
    const { server, client } = await against([models]);
    const mixed = client.createEmbeddings([image, 'data:image/png;base64,AA==']);
    await expect(mixed).rejects.toThrow('cannot be mixed');
    await expect(client.createEmbeddings([])).rejects.toThrow('no image');
    await expect(client.createEmbeddings(7 as never)).rejects.toThrow('must be a Blob');
    await expect(client.createFeatures(image, 'png' as never)).rejects.toThrow('npy or safetensors');
    const examples = ['a\\b', 'a%22b'].map((label) => ({ label, image }));
    await expect(client.createClassifications(image, examples)).rejects.toThrow('data URIs');
    expect(server.requests).toEqual([]);
  });
});
