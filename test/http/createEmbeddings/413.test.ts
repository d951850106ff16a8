import { describe, expect, test } from 'vitest';
import { postEmbeddings } from '#test/http/analyses.ts';
import { postFile, postForm, postJson, postStream } from '#test/http/bodies.ts';
import { createTestApp, expectProblem } from '#test/http/harness.ts';
import { dataUri, forgedPng, pngImage } from '#test/http/images.ts';
import { createTinyEncoder } from '#test/http/tiny-model.ts';

const png = await pngImage();
const uri = dataUri(png);
const KiB = 1024;
const app = createTestApp({ limits: { maxRequestBytes: 64 * KiB, maxFileBytes: 16 * KiB, maxItems: 4 } });
const zeros = (length: number) => new Uint8Array(length);

/** A source of zeros without end that counts what was taken. */
function endless(): { readonly chunks: Generator<Uint8Array>; readonly takenBytes: () => number } {
  let taken = 0;
  function* generate(): Generator<Uint8Array> {
    for (;;) {
      taken += 4 * KiB;
      yield zeros(4 * KiB);
    }
  }
  return { chunks: generate(), takenBytes: () => taken };
}

describe('bytes of the request', () => {
  test('a declared length over the limit is refused before a byte is read', async () => {
    const { chunks, takenBytes } = endless();
    const init = postStream(chunks, {
      'content-type': 'image/png',
      'content-length': '99999999999999999999',
    });
    await expectProblem(await postEmbeddings(app, init), 413, 'payload-too-large');
    // What a stream pulls in advance, not what a server read.
    expect(takenBytes()).toBeLessThanOrEqual(8 * KiB);
  });

  test.each(['image/png', 'application/json', 'multipart/form-data; boundary=b'])(
    'a body of %s without a declared length is cut off at the limit',
    async (type) => {
      const { chunks, takenBytes } = endless();
      const open =
        type === 'multipart/form-data; boundary=b'
          ? '--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
          : '';
      function* body(): Generator<Uint8Array> {
        if (open !== '') yield Buffer.from(open);
        yield* chunks;
      }
      const response = await postEmbeddings(app, postStream(body(), { 'content-type': type }));
      await expectProblem(response, 413, 'payload-too-large');
      expect(takenBytes()).toBeLessThan(80 * KiB);
      expect(app.budget.usedBytes()).toBe(0);
    },
  );

  test('a declared length that lies is not believed', async () => {
    const { chunks } = endless();
    const init = postStream(chunks, { 'content-type': 'image/png', 'content-length': '10' });
    await expectProblem(await postEmbeddings(app, init), 413, 'payload-too-large');
  });
});

describe('bytes of a file', () => {
  test('a bare file', async () => {
    await expectProblem(await postEmbeddings(app, postFile(zeros(16 * KiB + 1))), 413, 'payload-too-large');
  });

  test('a file of a form, although the form is within its limit', async () => {
    const response = await postEmbeddings(app, postForm(['file', png], ['file', zeros(16 * KiB + 1)]));
    await expectProblem(response, 413, 'payload-too-large');
  });

  test('a data URI, by its length before it is decoded and by its bytes after', async () => {
    for (const length of [16 * KiB + 1, 40 * KiB])
      await expectProblem(
        await postEmbeddings(app, postJson({ input: dataUri(zeros(length)) })),
        413,
        'payload-too-large',
      );
    const percent = `data:image/png,${'a'.repeat(16 * KiB + 1)}`;
    await expectProblem(await postEmbeddings(app, postJson({ input: percent })), 413, 'payload-too-large');
  });

  test('exactly the limit is within it', async () => {
    // Not an image, so it goes on to be refused as one.
    const response = await postEmbeddings(app, postFile(zeros(16 * KiB)));
    await expectProblem(response, 415, 'unsupported-media-type');
  });

  test('a form field that is a document', async () => {
    const large = createTestApp();
    const response = await postEmbeddings(
      large,
      postForm(['file', png], ['pooling', 'x'.repeat(64 * KiB + 1)]),
    );
    await expectProblem(response, 413, 'payload-too-large');
  });
});

describe('pixels', () => {
  test('are counted on the header, so that a bomb of few bytes costs nothing', async () => {
    const encoder = createTinyEncoder();
    const own = createTestApp({ encoder, maxPixels: 1_000_000 });
    for (const [rows, columns] of [
      [60_000, 60_000],
      [2 ** 31 - 1, 2 ** 31 - 1],
      [1_000_001, 1],
      [1_001, 1_000],
    ] as const) {
      const response = await postEmbeddings(own, postFile(await forgedPng(rows, columns)));
      await expectProblem(response, 413, 'image-too-large');
    }
    expect(encoder.calls).toEqual([]);
  });

  test('an image of exactly the limit is embedded', async () => {
    const own = createTestApp({ maxPixels: 24 * 40 });
    expect((await postEmbeddings(own, postFile(png))).status).toBe(200);
  });
});

describe('items', () => {
  test('more files than allowed, by a form and by JSON', async () => {
    const five = Array.from({ length: 5 }, () => ['file', png] as const);
    await expectProblem(await postEmbeddings(app, postForm(...five)), 413, 'too-many-items');
    const init = postJson({ input: Array.from({ length: 5 }, () => uri) });
    await expectProblem(await postEmbeddings(app, init), 413, 'too-many-items');
  });

  test('as many as allowed are embedded', async () => {
    const response = await postEmbeddings(app, postJson({ input: [uri, uri, uri, uri] }));
    expect(response.status).toBe(200);
  });

  test('ten thousand parts of any kind are refused early', async () => {
    const own = createTestApp();
    const fields = Array.from({ length: 10_000 }, (_, i) => [`f${i}`, 'x'] as const);
    await expectProblem(await postEmbeddings(own, postForm(...fields)), 413, 'too-many-items');
    const examples = Array.from({ length: 10_000 }, (_, i) => [`example:l${i}`, png] as const);
    await expectProblem(
      await postEmbeddings(own, postForm(...examples.slice(0, 100))),
      413,
      'too-many-items',
    );
  });

  test.each([
    ['numbers', `{"input":[${'1,'.repeat(500_000)}1]}`],
    ['empty texts', `{"input":[${'"",'.repeat(300_000)}""]}`],
    ['lists in lists', `{"input":"x","y":${'['.repeat(500_000)}${']'.repeat(500_000)}}`],
    ['keys', `{${Array.from({ length: 60_000 }, (_, i) => `"k${i}":1`).join(',')}}`],
    ['objects', `{"input":[${'{},'.repeat(300_000)}{}]}`],
  ])('JSON of a megabyte of %s is refused before it is parsed', async (_, text) => {
    const own = createTestApp();
    const started = performance.now();
    await expectProblem(await postEmbeddings(own, postJson(text)), 413, 'too-many-items');
    // Parsing and validating takes seconds and gigabytes for a body of tens of megabytes; counting does not.
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});

test.each([
  [1, 100_000],
  [100_000, 1],
])(
  'a side longer than 65,535 is refused before it is decoded, however few the pixels: %i × %i',
  async (rows, columns) => {
    const response = await postEmbeddings(createTestApp(), postFile(await forgedPng(rows, columns)));
    await expectProblem(response, 413, 'image-too-large');
  },
);
