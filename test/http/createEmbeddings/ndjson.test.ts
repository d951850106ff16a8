import { describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { listen } from '#services/gateway/listen.ts';
import { openOverflowFile } from '#services/gateway/overflow-file.ts';
import { AppError } from '#src/domain/app-error.ts';
import { embeddingLineSchema } from '#src/http/schemas/embeddings.ts';
import { createLogger } from '#src/telemetry/logger.ts';
import { embed, postEmbeddings } from '#test/http/analyses.ts';
import { postFile, postForm, postJson, postStream } from '#test/http/bodies.ts';
import { createTestApp, expectProblem, type TestApp } from '#test/http/harness.ts';
import { dataUri, pngImage } from '#test/http/images.ts';
import { createStuckEncoder, createTinyEncoder } from '#test/http/tiny-model.ts';
import { writeZip } from '#test/support/write-zip.ts';

type Line = z.output<typeof embeddingLineSchema>;
const png = await pngImage();
const dark = await pngImage({ from: 0, rise: 10 });
const broken = png.subarray(0, 60);

const withAccept = (init: RequestInit): RequestInit => {
  const headers = new Headers(init.headers);
  headers.set('accept', 'application/x-ndjson');
  return { ...init, headers };
};
const post = async (app: TestApp, init: RequestInit | Promise<RequestInit>, query = ''): Promise<Response> =>
  postEmbeddings(app, withAccept(await init), query);
const parse = (text: string): Line[] => {
  expect(text.endsWith('\n')).toBe(true);
  return text
    .trimEnd()
    .split('\n')
    .map((line) => embeddingLineSchema.parse(JSON.parse(line)));
};
async function stream(app: TestApp, init: RequestInit | Promise<RequestInit>, query = '') {
  const response = await post(app, init, query);
  const text = await response.text();
  expect([response.status, response.headers.get('content-type')], text).toEqual([
    200,
    'application/x-ndjson',
  ]);
  const lines = parse(text);
  const items = lines.slice(0, -1).toSorted((a, b) => ('index' in a && 'index' in b ? a.index - b.index : 0));
  const summary = lines.at(-1)!;
  if (summary.object !== 'summary') throw new Error('The last line is no summary.');
  return { response, items, summary };
}

const part = (bytes: Uint8Array, name = 'file') => [
  Buffer.from(`--b\r\ncontent-disposition: form-data; name="${name}"; filename="f"\r\n\r\n`),
  bytes,
  Buffer.from('\r\n'),
];
const field = (name: string, value: string) =>
  Buffer.from(`--b\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`);
const formHeaders = { 'content-type': 'multipart/form-data; boundary=b', accept: 'application/x-ndjson' };

describe('each image is a line, the last line sums up', () => {
  test('the lines hold what the JSON reply holds', async () => {
    const form = () => postForm(['pooling', 'patch_mean'], ['file', png], ['file', dark]);
    const { response, items, summary } = await stream(createTestApp(), form());
    const reply = await embed(createTestApp(), form());
    expect(items).toEqual(reply.data.map((item) => ({ ...item, status: 200 })));
    const { usage, provenance, advisories, model } = reply;
    const counts = { itemCount: 2, succeeded: 2, failed: 0, status: 200, object: 'summary' };
    expect(summary).toEqual({ ...counts, usage, provenance, advisories, model });
    expect(response.headers.get('x-tessera-embedding-space')).toBe(provenance.embeddingSpace);
  });

  test.each([
    ['a bare file', () => postFile(png)],
    ['JSON', () => postJson({ input: dataUri(png) })],
    ['a zip archive in a form', () => postForm(['file', writeZip({ name: 'a', bytes: png })])],
  ])('%s streams out too', async (_, init) => {
    const app = createTestApp();
    const { items, summary } = await stream(app, init(), '?encoding_format=base64');
    expect(items).toMatchObject([{ index: 0, embedding: expect.any(String) as string }]);
    expect(summary).toMatchObject({ status: 200, itemCount: 1 });
    expect(app.budget.usedBytes()).toBe(0);
  });

  test('files that fail have lines with their status, the others go on', async () => {
    const { items, summary } = await stream(createTestApp(), postForm(['file', broken], ['file', png]));
    expect(items).toMatchObject([
      { object: 'error', index: 0, status: 422, embedding: null, error: { code: 'undecodable-image' } },
      { object: 'embedding', index: 1, status: 200 },
    ]);
    expect(summary).toMatchObject({ status: 207, succeeded: 1, failed: 1 });
    expect((await stream(createTestApp(), postForm(['file', broken]))).summary.status).toBe(422);
  });
});

test('a result is there before the next file was sent', async () => {
  const next = Promise.withResolvers<undefined>();
  async function* upload() {
    for (const piece of part(png)) yield piece;
    // A part is complete when the boundary after it is.
    yield Buffer.from('--b\r\n');
    await next.promise;
    yield Buffer.concat(part(dark)).subarray('--b\r\n'.length);
    yield Buffer.from('--b--\r\n');
  }
  const init = postStream(upload() as unknown as Iterable<Uint8Array>, formHeaders);
  const reader = (await postEmbeddings(createTestApp(), init))
    .body!.pipeThrough(new TextDecoderStream())
    .getReader();
  const first = (await reader.read()).value!;
  expect(parse(first)).toMatchObject([{ object: 'embedding', index: 0 }]);
  next.resolve(undefined);
  let rest = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    rest += value;
  }
  expect(parse(rest)).toMatchObject([{ index: 1 }, { object: 'summary', itemCount: 2 }]);
});

describe('more than a whole request may hold', () => {
  test('in files and in bytes, while the bytes held stay few', async () => {
    const limits = { maxItems: 4, maxRequestBytes: 20_000 };
    const app = createTestApp({ limits, maxBufferedBytes: 30_000, streamLimits: { maxHeldBytes: 10_000 } });
    const big = Buffer.concat([png, new Uint8Array(3_000)]);
    const body = Array.from({ length: 60 }, () => Buffer.concat(part(big)));
    const { summary } = await stream(app, postStream([...body, Buffer.from('--b--\r\n')], formHeaders));
    expect(summary).toMatchObject({ itemCount: 60 });
    expect(app.budget.usedBytes()).toBe(0);
  });

  test('but not than a stream may: the files before are answered', async () => {
    const app = createTestApp({ streamLimits: { maxItems: 2 } });
    const { items, summary } = await stream(app, postForm(['file', png], ['file', png], ['file', png]));
    expect(items).toHaveLength(2);
    expect(summary).toMatchObject({ status: 413, succeeded: 2, error: { code: 'too-many-items' } });
  });
});

describe('before the first line, errors are problems as ever', () => {
  test.each([
    ['a wrong option', () => postForm(['pooling', 'nonsense'], ['file', png]), 400, 'malformed-request'],
    ['no file', () => postForm(['pooling', 'cls']), 400, 'malformed-request'],
    ['an unknown model', () => postForm(['model', 'none'], ['file', png]), 404, 'model-not-found'],
  ] as const)('%s', async (_, init, status, code) => {
    const app = createTestApp();
    await expectProblem(await post(app, init()), status, code);
    expect(app.budget.usedBytes()).toBe(0);
  });
});

describe('after it, errors are told in the last line', () => {
  test.each([
    ['an option after a file', field('pooling', 'cls'), 'malformed-request'],
    ['a part of another name', Buffer.concat(part(png, 'other')), 'malformed-request'],
    ['a file too large', Buffer.concat(part(new Uint8Array(2_000_000))), 'payload-too-large'],
  ])('%s', async (_, bytes, code) => {
    const app = createTestApp();
    const { items, summary } = await stream(
      app,
      postStream([...part(png), bytes, Buffer.from('--b--\r\n')], formHeaders),
    );
    expect(items).toHaveLength(1);
    expect(summary).toMatchObject({ succeeded: 1, error: { code } });
    expect(app.budget.usedBytes()).toBe(0);
  });

  test('a body that breaks off', async () => {
    const { summary } = await stream(createTestApp(), postStream([...part(png), ...part(png)], formHeaders));
    expect(summary).toMatchObject({ succeeded: 1, status: 400, error: { code: 'malformed-request' } });
  });

  test('a server that goes down: the files it has are answered, the upload goes no further', async () => {
    const windUp = new AbortController();
    let begun = 0;
    const encoder = createTinyEncoder(() => {
      begun += 1;
      // Both files are inside when the word comes.
      if (begun === 2) windUp.abort(new AppError('shutting-down', 'Down.'));
    });
    const app = createTestApp({ encoder, deps: { windUp: windUp.signal } });
    async function* upload() {
      for (const piece of [...part(png), ...part(dark)]) yield piece;
      yield Buffer.from('--b\r\n');
      await new Promise(() => undefined);
    }
    const init = postStream(upload() as unknown as Iterable<Uint8Array>, formHeaders);
    const { items, summary } = await stream(app, init);
    expect(items).toMatchObject([
      { index: 0, status: 200 },
      { index: 1, status: 200 },
    ]);
    expect(summary).toMatchObject({
      itemCount: 2,
      succeeded: 2,
      status: 503,
      error: { code: 'shutting-down' },
    });
    expect(app.budget.usedBytes()).toBe(0);
  });

  test('silence', async () => {
    async function* upload() {
      for (const piece of part(png)) yield piece;
      yield Buffer.from('--b\r\n');
      await new Promise(() => undefined);
    }
    const app = createTestApp({ streamLimits: { idleTimeoutMs: 200 } });
    const { summary } = await stream(
      app,
      postStream(upload() as unknown as Iterable<Uint8Array>, formHeaders),
    );
    expect(summary).toMatchObject({ succeeded: 1, status: 504, error: { code: 'deadline-exceeded' } });
    expect(app.budget.usedBytes()).toBe(0);
  });
});

test('a client that reads only after it has sent everything gets every line, from a file that is gone then', async () => {
  let opened = 0;
  let open = 0;
  const openOverflow = async () => {
    const file = await openOverflowFile();
    opened += 1;
    open += 1;
    return { ...file, close: () => file.close().then(() => void (open -= 1)) };
  };
  const count = 5_000;
  const allSent = Promise.withResolvers<undefined>();
  // Empty files: their lines are made without any decoding, 350 bytes each, more than is kept in memory.
  const files = Buffer.concat(Array.from({ length: 100 }, () => part(new Uint8Array(0))).flat());
  function* upload() {
    for (let sent = 0; sent < count; sent += 100) yield files;
    yield Buffer.from('--b--\r\n');
    allSent.resolve(undefined);
  }
  const app = createTestApp({ deps: { openOverflow }, streamLimits: { maxItems: count } });
  const response = await postEmbeddings(app, postStream(upload(), formHeaders));
  await allSent.promise;
  const lines = parse(await response.text());
  expect(lines.at(-1)).toMatchObject({ object: 'summary', itemCount: count, failed: count });
  const indices = lines.flatMap((line) => ('index' in line ? [line.index] : []));
  expect(new Set(indices).size).toBe(count);
  expect(opened).toBe(1);
  await expect.poll(() => open).toBe(0);
});

test('a client that goes away cancels its work and gives everything back', async () => {
  const encoder = createStuckEncoder();
  const app = createTestApp({ encoder });
  const log = createLogger('test', 'silent');
  const listener = await listen(app.fetch, { host: '127.0.0.1', port: 0, requestTimeoutMs: 10_000, log });
  try {
    const client = new AbortController();
    const init = withAccept(await postForm(['file', png], ['file', png]));
    const reply = fetch(`${listener.url}/v1/embeddings`, { ...init, signal: client.signal });
    const { signal } = await encoder.entered;
    await reply;
    const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    client.abort();
    await aborted;
    expect(signal.reason).toMatchObject({ code: 'request-cancelled' });
  } finally {
    await listener.close();
  }
  await expect.poll(() => app.budget.usedBytes()).toBe(0);
});
