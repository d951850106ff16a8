import { describe, expect, test } from 'vitest';
import { AppError } from '#src/domain/app-error.ts';
import { embeddingResponseSchema } from '#src/http/schemas/embeddings.ts';
import type { RemoteFetchBounds, RemoteFetcher } from '#src/ports/remote-fetcher.ts';
import { classify, embed, okItems, postEmbeddings, vectorsOf } from '#test/http/analyses.ts';
import { postForm, postJson } from '#test/http/bodies.ts';
import { createTestApp, expectJson, expectProblem, type TestAppOptions } from '#test/http/harness.ts';
import { brightPng, darkPng, dataUri, pngImage } from '#test/http/images.ts';
import { createTinyEncoder } from '#test/http/tiny-model.ts';
import { writeZip } from '#test/support/write-zip.ts';

const png = await pngImage();
const dark = await darkPng();
const bright = await brightPng();
const secret = 's3cret-4711';
const at = (name: string): string => `https://images.example.org/${name}?token=${secret}`;

type Give = (url: string, bounds: RemoteFetchBounds) => Promise<Uint8Array> | Uint8Array;

/** A fetcher whose web is a function; it counts as the real one does. */
function appWithWeb(give: Give, options: TestAppOptions = {}) {
  const asked: string[] = [];
  let running = 0;
  let mostRunning = 0;
  const remote: RemoteFetcher = {
    async fetch(url, bounds) {
      asked.push(url);
      running += 1;
      mostRunning = Math.max(mostRunning, running);
      try {
        const bytes = await give(url, bounds);
        if (bounds.signal.aborted) throw AppError.from(bounds.signal.reason);
        bounds.onBytes(bytes.byteLength);
        return bytes;
      } finally {
        running -= 1;
      }
    },
    close: () => undefined,
  };
  return { app: createTestApp({ ...options, deps: { remote } }), asked, mostRunning: () => mostRunning };
}

const unreachable = new AppError('url-unreachable', 'The server of the address answers with status 404.');

describe('an https address stands for the file that lies there', () => {
  test.each([
    ['alone', at('a')],
    ['in a list', [at('a')]],
  ])('%s', async (_, input) => {
    const { app, asked } = appWithWeb(() => png);
    const reply = await embed(app, postJson({ input }));
    expect(vectorsOf(reply)).toEqual(vectorsOf(await embed(app, postForm(['file', png]))));
    expect(asked).toEqual([at('a')]);
    expect(app.budget.usedBytes()).toBe(0);
  });

  test('beside data URIs, each in its place', async () => {
    const files = new Map([
      [at('dark'), dark],
      [at('bright'), bright],
    ]);
    const { app } = appWithWeb((url) => files.get(url)!);
    const reply = await embed(app, postJson({ input: [at('bright'), dataUri(png), at('dark')] }));
    const plain = await embed(app, postJson({ input: [bright, png, dark].map((bytes) => dataUri(bytes)) }));
    expect(vectorsOf(reply)).toEqual(vectorsOf(plain));
  });

  test('as an example of a label too', async () => {
    const { app } = appWithWeb((url) => (url.includes('dark') ? dark : bright));
    const examples = ['dark', 'bright'].flatMap((label) =>
      [1, 2].map((n) => ({ label, input: at(`${label}${n}`) })),
    );
    const reply = await classify(app, postJson({ input: at('dark'), examples }));
    expect(okItems(reply)).toMatchObject([{ label: 'dark' }]);
  });

  test('that is a zip archive is as many items', async () => {
    const archive = writeZip({ name: '1.png', bytes: png }, { name: '2.png', bytes: dark });
    const { app } = appWithWeb(() => archive);
    expect((await embed(app, postJson({ input: at('set.zip') }))).data).toHaveLength(2);
  });

  test('named many times, it is fetched once', async () => {
    const { app, asked } = appWithWeb(() => png);
    const reply = await embed(app, postJson({ input: Array<string>(5).fill(at('a')) }));
    expect([vectorsOf(reply).length, asked.length]).toEqual([5, 1]);
  });

  test('at most four are fetched side by side, and side by side they are', async () => {
    const four = Promise.withResolvers<undefined>();
    const { app, asked, mostRunning } = appWithWeb(async () => {
      if (asked.length === 4) four.resolve(undefined);
      await four.promise;
      return png;
    });
    await embed(app, postJson({ input: Array.from({ length: 12 }, (_, n) => at(String(n))) }));
    expect([asked.length, mostRunning()]).toEqual([12, 4]);
  });
});

describe('what fails', () => {
  test('is told in its own place, the others go on', async () => {
    const { app } = appWithWeb((url) => (url === at('gone') ? Promise.reject(unreachable) : png));
    const response = await postEmbeddings(app, postJson({ input: [at('a'), at('gone'), at('c')] }));
    const { data } = await expectJson(response, embeddingResponseSchema, 207);
    expect(data.map(({ object, index }) => [object, index])).toEqual([
      ['embedding', 0],
      ['error', 1],
      ['embedding', 2],
    ]);
    expect(data[1]).toMatchObject({
      error: { code: 'url-unreachable', status: 422, detail: unreachable.detail },
    });
  });

  test.each([
    ['url-unreachable', 422],
    ['url-timeout', 422],
    ['url-not-allowed', 403],
    ['payload-too-large', 413],
    ['unsupported-media-type', 415],
  ] as const)('%s alone is the status of the call: %i', async (code, status) => {
    const { app } = appWithWeb(() => Promise.reject(new AppError(code, 'Reason.')));
    await expectProblem(await postEmbeddings(app, postJson({ input: at('a') })), status, code);
  });

  test('by a mistake of ours is an internal error that tells nothing', async () => {
    const { app } = appWithWeb(() => Promise.reject(new Error(`at ${at('a')}`)));
    const problem = await expectProblem(
      await postEmbeddings(app, postJson({ input: at('a') })),
      500,
      'internal',
    );
    expect(JSON.stringify(problem)).not.toContain(secret);
  });

  test('a file that is no image is judged by its bytes', async () => {
    const { app } = appWithWeb(() => Uint8Array.from(Buffer.from('<svg/>')));
    await expectProblem(
      await postEmbeddings(app, postJson({ input: at('a') })),
      415,
      'unsupported-media-type',
    );
  });
});

describe('limits', () => {
  test('one file: the fetcher is told the limit of an upload', async () => {
    let told = 0;
    const { app } = appWithWeb(
      (_url, { maxBytes }) => {
        told = maxBytes;
        return png;
      },
      { limits: { maxFileBytes: 4_321 } },
    );
    await embed(app, postJson({ input: at('a') }));
    expect(told).toBe(4_321);
  });

  test('all files of a call together are bounded as a body is', async () => {
    const { app } = appWithWeb(() => new Uint8Array(600), { limits: { maxRequestBytes: 1_000 } });
    const response = await postEmbeddings(app, postJson({ input: [at('a'), at('b'), at('c')] }));
    await expectProblem(response, 413, 'payload-too-large');
    expect(app.budget.usedBytes()).toBe(0);
  });

  test('they count in the memory of all calls; when that is full the rest is called off', async () => {
    const cut: string[] = [];
    const { app } = appWithWeb(
      async (url, { signal }) => {
        if (url === at('a')) return new Uint8Array(5_000);
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
        cut.push(url);
        return png;
      },
      { maxBufferedBytes: 4_000, limits: { maxRequestBytes: 100_000 } },
    );
    const response = await postEmbeddings(app, postJson({ input: [at('a'), at('b'), at('c')] }));
    await expectProblem(response, 503, 'overloaded');
    expect(cut).toEqual([at('b'), at('c')]);
    expect(app.budget.usedBytes()).toBe(0);
  });

  test('too many are refused before one is fetched', async () => {
    const { app, asked } = appWithWeb(() => png, { limits: { maxItems: 2 } });
    const response = await postEmbeddings(app, postJson({ input: [at('a'), at('b'), at('c')] }));
    await expectProblem(response, 413, 'too-many-items');
    expect(asked).toEqual([]);
  });

  test('nothing is fetched for a call whose options are wrong, or whose reply nobody takes', async () => {
    const { app, asked } = appWithWeb(() => png);
    await expectProblem(
      await postEmbeddings(app, postJson({ input: at('a'), pooling: 'max' })),
      400,
      'malformed-request',
    );
    const picky = {
      ...postJson({ input: at('a') }),
      headers: { 'content-type': 'application/json', accept: 'text/csv' },
    };
    await expectProblem(await postEmbeddings(app, picky), 406, 'not-acceptable');
    expect(asked).toEqual([]);
  });

  test('a client that goes away calls off what is being fetched', async () => {
    const client = new AbortController();
    const begun = Promise.withResolvers<undefined>();
    const ended = Promise.withResolvers<unknown>();
    const encoder = createTinyEncoder();
    const { app } = appWithWeb(
      async (_url, { signal }) => {
        begun.resolve(undefined);
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
        ended.resolve(signal.reason);
        return png;
      },
      { encoder },
    );
    const response = postEmbeddings(app, { ...postJson({ input: at('a') }), signal: client.signal });
    await begun.promise;
    client.abort();
    expect(await ended.promise).toMatchObject({ code: 'request-cancelled' });
    await expectProblem(await response, 499, 'request-cancelled');
    expect(encoder.calls).toEqual([]);
  });
});

describe('without an allow-list', () => {
  test('an address is refused, and the reason names the setting', async () => {
    const { detail } = await expectProblem(
      await postEmbeddings(createTestApp(), postJson({ input: at('a') })),
      403,
      'url-not-allowed',
    );
    expect(detail).toContain('TESSERA_URL_ALLOW_LIST');
    expect(detail).not.toContain('Only https');
  });

  test('an http address is refused with the word that only https is fetched', async () => {
    const reply = await postEmbeddings(
      createTestApp(),
      postJson({ input: 'http://images.example.org/a.png' }),
    );
    const { detail } = await expectProblem(reply, 403, 'url-not-allowed');
    expect(detail).toMatch(/^Only https addresses are fetched.*TESSERA_URL_ALLOW_LIST/);
  });
});

test('no part of an address reaches the log, a metric or a reply', async () => {
  const { app } = appWithWeb((url) => (url === at('a') ? png : Promise.reject(unreachable)));
  const reply = await postEmbeddings(app, postJson({ input: [at('a'), at('b')] }));
  const failed = await postEmbeddings(app, postJson({ input: [at('b')] }));
  const metrics = await app.request('/metrics');
  const seen = [
    await reply.text(),
    await failed.text(),
    await metrics.text(),
    JSON.stringify(app.logLines),
  ].join();
  for (const part of [secret, 'images.example.org']) expect(seen).not.toContain(part);
});
