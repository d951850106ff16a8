import { describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { AppError } from '#src/domain/app-error.ts';
import { createDirectDecoder } from '#src/decode/create-direct-decoder.ts';
import { embeddingLineSchema, embeddingResponseSchema } from '#src/http/schemas/embeddings.ts';
import type { ImageEncoder } from '#src/ports/encoder.ts';
import { createDirectPreparer } from '#src/pipeline/prepare/create-direct-preparer.ts';
import type { ImagePreparer } from '#src/ports/image-preparer.ts';
import type { RemoteFetcher } from '#src/ports/remote-fetcher.ts';
import { createSystemClock } from '#src/telemetry/system-clock.ts';
import { embed, postEmbeddings, vectorsOf } from '#test/http/analyses.ts';
import { postJson, postStream } from '#test/http/bodies.ts';
import { createTestApp, expectJson, expectProblem, type TestApp } from '#test/http/harness.ts';
import { dataUri, pngImage } from '#test/http/images.ts';
import { createManualClock, settleTurn } from '#test/support/manual-clock.ts';
import { until } from '#test/support/until.ts';

type Line = z.output<typeof embeddingLineSchema>;
const png = await pngImage();
const dark = await pngImage({ from: 0, rise: 10 });
const uri = dataUri(png);
const lineOf = (input: string): Buffer => Buffer.from(`${JSON.stringify({ input })}\n`);
const headers = { 'content-type': 'application/x-ndjson; charset=utf-8', accept: 'application/x-ndjson' };

const parse = (text: string): Line[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => embeddingLineSchema.parse(JSON.parse(line)));

/** Streams chunks in and lines out; the lines in the order of their files, then the summary. */
async function stream(app: TestApp, chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, query = '') {
  const response = await postEmbeddings(app, postStream(chunks as Iterable<Uint8Array>, headers), query);
  const text = await response.text();
  expect(response.status, text).toBe(200);
  const lines = parse(text);
  const summary = lines.at(-1)!;
  const items = lines.slice(0, -1).toSorted((a, b) => ('index' in a && 'index' in b ? a.index - b.index : 0));
  return { items, summary };
}

/** A web in which every address leads to the same image, but for one that leads nowhere. */
const web = (onFetch: (url: string) => void | Promise<void> = () => undefined): RemoteFetcher => ({
  async fetch(url, bounds) {
    await onFetch(url);
    if (url.endsWith('/none')) throw new AppError('url-unreachable', 'Nothing there.');
    bounds.onBytes(dark.byteLength);
    return dark;
  },
  close: () => undefined,
});
const at = (path: string): string => `https://images.example.org/${path}`;

describe('a body with an input on each line', () => {
  test('is answered line by line: data URIs, addresses, and what fails in its place', async () => {
    const app = createTestApp({ deps: { remote: web() } });
    const body = [
      lineOf(uri),
      lineOf(at('a')),
      lineOf(at('none')),
      Buffer.from('{"model":1}\n"'),
      Buffer.from(`${uri}"`),
    ];
    const { items, summary } = await stream(app, body);
    const [first, second] = vectorsOf(await embed(app, postJson({ input: [uri, dataUri(dark)] })));
    expect(items).toMatchObject([
      { status: 200, embedding: first },
      { status: 200, embedding: second },
      { status: 422, error: { code: 'url-unreachable' } },
      { status: 400, error: { code: 'malformed-request' } },
      { status: 200, embedding: first },
    ]);
    expect(summary).toMatchObject({ object: 'summary', status: 207, itemCount: 5, succeeded: 3 });
    expect(app.budget.usedBytes()).toBe(0);
  });

  test('takes its options from the query', async () => {
    const { items } = await stream(createTestApp(), [lineOf(uri)], '?encoding_format=base64');
    expect(items).toMatchObject([{ embedding: expect.any(String) as string }]);
    const wrong = await postEmbeddings(createTestApp(), postStream([lineOf(uri)], headers), '?pooling=max');
    await expectProblem(wrong, 400, 'malformed-request');
  });

  test('may be larger than any other, in lines and in bytes, while the bytes held stay few', async () => {
    const limits = { maxItems: 4, maxRequestBytes: 20_000 };
    const app = createTestApp({ limits, maxBufferedBytes: 60_000, streamLimits: { maxHeldBytes: 10_000 } });
    const padded = lineOf(dataUri(Uint8Array.from(Buffer.concat([png, new Uint8Array(3_000)]))));
    const { summary } = await stream(
      app,
      Array.from({ length: 60 }, () => padded),
    );
    expect(summary).toMatchObject({ itemCount: 60, succeeded: 60 });
    expect(app.budget.usedBytes()).toBe(0);
  });

  test('without a streaming reply is one request like any other', async () => {
    const app = createTestApp({ deps: { remote: web() }, limits: { maxItems: 2 } });
    const type = { 'content-type': 'application/x-ndjson' };
    const reply = await expectJson(
      await postEmbeddings(app, postStream([lineOf(uri), lineOf(at('a'))], type)),
      embeddingResponseSchema,
    );
    expect(vectorsOf(reply)).toHaveLength(2);
    const three = postStream([lineOf(uri), lineOf(uri), lineOf(uri)], type);
    await expectProblem(await postEmbeddings(app, three), 413, 'too-many-items');
    expect(app.budget.usedBytes()).toBe(0);
  });
});

describe('a client may wait for an answer before it sends the next line', () => {
  test.each([
    ['a data URI', uri],
    ['an address', at('a')],
  ])('%s', async (_, input) => {
    const next = Promise.withResolvers<undefined>();
    async function* upload() {
      yield lineOf(input);
      await next.promise;
      yield lineOf(input);
    }
    const app = createTestApp({ deps: { remote: web() } });
    const response = await postEmbeddings(
      app,
      postStream(upload() as unknown as Iterable<Uint8Array>, headers),
    );
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    expect(parse((await reader.read()).value!)).toMatchObject([{ index: 0, status: 200 }]);
    next.resolve(undefined);
    let rest = '';
    for (let read = await reader.read(); !read.done; read = await reader.read()) rest += read.value;
    expect(parse(rest)).toMatchObject([{ index: 1 }, { object: 'summary', itemCount: 2 }]);
  });
});

test('not more than four addresses are fetched ahead, however many lines wait', async () => {
  let begun = 0;
  const four = Promise.withResolvers<undefined>();
  const goOn = Promise.withResolvers<undefined>();
  const remote = web(async () => {
    begun += 1;
    if (begun === 4) four.resolve(undefined);
    await goOn.promise;
  });
  const app = createTestApp({ deps: { remote } });
  const reply = stream(
    app,
    Array.from({ length: 20 }, (_, n) => lineOf(at(String(n)))),
  );
  await four.promise;
  // All lines are there: a fifth download would begin within a few turns of the event loop.
  for (let turn = 0; turn < 50; turn += 1) await settleTurn();
  expect(begun).toBe(4);
  goOn.resolve(undefined);
  expect((await reply).summary).toMatchObject({ succeeded: 20 });
});

test('an input that is done makes room for another beside those at work', async () => {
  const direct = createDirectPreparer(createDirectDecoder(), createSystemClock());
  const third = Promise.withResolvers<undefined>();
  let begun = 0;
  const preparer: ImagePreparer = {
    async prepare(request, context) {
      begun += 1;
      if (begun === 3) third.resolve(undefined);
      // The second is not done before the third has begun, for which there is room once the first is done.
      if (begun === 2) await third.promise;
      return direct.prepare(request, context);
    },
  };
  const line = lineOf(uri);
  const app = createTestApp({ preparer, streamLimits: { maxHeldBytes: 1.5 * line.length } });
  expect((await stream(app, [line, line, line])).summary).toMatchObject({ succeeded: 3, status: 200 });
});

test('what was fetched ahead is given back when the stream ends before it is taken', async () => {
  let fetched = 0;
  const [four, atWork, ended] = [1, 2, 3].map(() => Promise.withResolvers<undefined>());
  const remote = web(async () => {
    fetched += 1;
    if (fetched === 4) four!.resolve(undefined);
    await four!.promise;
  });
  // The first image stays at work, and the stream takes no second one beside it.
  const encoder: ImageEncoder = {
    encode: async (_model, _input, _outputs, { signal }) => {
      atWork!.resolve(undefined);
      await ended!.promise;
      throw AppError.from(signal.reason);
    },
  };
  const client = new AbortController();
  const app = createTestApp({ encoder, deps: { remote }, streamLimits: { maxHeldBytes: 1 } });
  const init = postStream(
    Array.from({ length: 20 }, (_, n) => lineOf(at(String(n)))),
    headers,
  );
  const response = await postEmbeddings(app, { ...init, signal: client.signal });
  await atWork!.promise;
  for (let turn = 0; turn < 20; turn += 1) await settleTurn();
  // One at work, one that waits for room, two ahead.
  expect(fetched).toBe(4);
  expect(app.budget.usedBytes()).toBeGreaterThan(4 * dark.byteLength);
  client.abort();
  ended!.resolve(undefined);
  await response.text().catch(() => undefined);
  await until('the bytes are given back', () => app.budget.usedBytes() === 0, 5_000);
});

test('bytes of lines count in the memory of all calls as they come', async () => {
  const app = createTestApp({ maxBufferedBytes: 5_000 });
  const response = await postEmbeddings(app, postStream([Buffer.alloc(6_000, 'a')], headers));
  await expectProblem(response, 503, 'overloaded');
  expect(app.budget.usedBytes()).toBe(0);
});

test('a line that comes slowly is no silence', async () => {
  const clock = createManualClock();
  const line = lineOf(uri);
  async function* upload() {
    for (let from = 0; from < line.length; from += 100) {
      yield line.subarray(from, from + 100);
      await clock.advance(150);
    }
  }
  const app = createTestApp({ clock, streamLimits: { idleTimeoutMs: 200 } });
  expect(line.length).toBeGreaterThan(300);
  expect((await stream(app, upload())).summary).toMatchObject({ succeeded: 1, status: 200 });
});

describe('what ends it early is told at its end, after what came before', () => {
  test('a line without end', async () => {
    const app = createTestApp({ limits: { maxFileBytes: 10_000 } });
    const { items, summary } = await stream(app, [lineOf(uri), Buffer.alloc(20_000, 'a')]);
    expect(items).toMatchObject([{ status: 200 }]);
    expect(summary).toMatchObject({ status: 413, error: { code: 'payload-too-large' } });
    expect(app.budget.usedBytes()).toBe(0);
  });

  test('a body that breaks off', async () => {
    async function* upload() {
      yield lineOf(at('a'));
      yield await Promise.reject<Uint8Array>(new Error('connection reset'));
    }
    const app = createTestApp({ deps: { remote: web() } });
    const { items, summary } = await stream(app, upload());
    expect(items).toMatchObject([{ status: 200 }]);
    expect(summary).toMatchObject({ status: 400, error: { code: 'malformed-request' } });
    expect(app.budget.usedBytes()).toBe(0);
  });

  test('more lines than a stream may have', async () => {
    const app = createTestApp({ deps: { remote: web() }, streamLimits: { maxItems: 2 } });
    const { items, summary } = await stream(
      app,
      Array.from({ length: 9 }, (_, n) => lineOf(at(String(n)))),
    );
    expect(items).toHaveLength(2);
    expect(summary).toMatchObject({ status: 413, error: { code: 'too-many-items' } });
    expect(app.budget.usedBytes()).toBe(0);
  });

  test('silence, while an address is being fetched', async () => {
    const remote: RemoteFetcher = {
      fetch: (url, { signal }) =>
        url.endsWith('/slow')
          ? new Promise((_, reject) =>
              signal.addEventListener('abort', () => reject(AppError.from(signal.reason))),
            )
          : Promise.resolve(dark),
      close: () => undefined,
    };
    const app = createTestApp({ deps: { remote }, streamLimits: { idleTimeoutMs: 200 } });
    const { items, summary } = await stream(app, [lineOf(at('a')), lineOf(at('slow'))]);
    expect(items).toMatchObject([{ status: 200 }]);
    expect(summary).toMatchObject({ status: 504, error: { code: 'deadline-exceeded' } });
    expect(app.budget.usedBytes()).toBe(0);
  });
});

test('before the first line is read, errors are problems as ever', async () => {
  const app = createTestApp();
  const empty = await postEmbeddings(app, postStream([Buffer.from('\n\n')], headers));
  await expectProblem(empty, 400, 'malformed-request');
  const unknown = await postEmbeddings(app, postStream([lineOf(uri)], headers), '?model=none');
  await expectProblem(unknown, 404, 'model-not-found');
  const encoded = await postEmbeddings(
    app,
    postStream([lineOf(uri)], { ...headers, 'content-encoding': 'gzip' }),
  );
  await expectProblem(encoded, 415, 'unsupported-media-type');
  expect(app.budget.usedBytes()).toBe(0);
});
