import { describe, expect, test } from 'vitest';
import { createDirectDecoder } from '#src/decode/create-direct-decoder.ts';
import { embeddingLineSchema, embeddingResponseSchema } from '#src/http/schemas/embeddings.ts';
import { createDirectPreparer } from '#src/pipeline/prepare/create-direct-preparer.ts';
import type { ImagePreparer } from '#src/ports/image-preparer.ts';
import { createSystemClock } from '#src/telemetry/system-clock.ts';
import { readTiff } from '#test/golden/tiff/read-tiff-golden.ts';
import { embed, okItems, postEmbeddings, vectorsOf } from '#test/http/analyses.ts';
import { postFile, postForm, postStream } from '#test/http/bodies.ts';
import { createTestApp, expectProblem } from '#test/http/harness.ts';
import { pngImage } from '#test/http/images.ts';
import { settleTurn } from '#test/support/manual-clock.ts';
import { writeSharedPages } from '#test/support/shared-page-tiff.ts';
import { writeZip } from '#test/support/write-zip.ts';

const three = new Uint8Array(readTiff('pages3.tif'));
const png = await pngImage();
const frameOf = ({
  source,
}: {
  source: { fileIndex?: number | undefined; frameNumber?: number | undefined };
}) => [source.fileIndex, source.frameNumber];

describe('a TIFF file of three pages', () => {
  test('gives its first page unasked, and says that there are more', async () => {
    const reply = await embed(createTestApp(), postFile(three, 'image/tiff'));
    const [item, ...others] = okItems(reply);
    expect(others).toEqual([]);
    expect(item!.source).toMatchObject({ format: 'tiff', bitsStored: 16, notes: ['first-page-of-3'] });
    expect(item!.source).not.toHaveProperty('frameNumber');
  });

  test('gives an item for each page asked for, each with the vector of that page', async () => {
    const app = createTestApp();
    const all = await embed(app, postFile(three, 'image/tiff'), '?frames=all');
    expect(okItems(all).map(frameOf)).toEqual([
      [0, 1],
      [0, 2],
      [0, 3],
    ]);
    expect(okItems(all).map(({ source }) => [source.frameCount, source.notes])).toEqual(
      Array(3).fill([3, []]),
    );
    const vectors = vectorsOf(all);
    expect(new Set(vectors.map(String)).size).toBe(3);
    expect(vectors[0]).toEqual(vectorsOf(await embed(app, postFile(three, 'image/tiff')))[0]);
    expect(vectorsOf(await embed(app, postFile(three, 'image/tiff'), '?frames=2-3'))).toEqual(
      vectors.slice(1),
    );
  });

  test('stands among other files, zipped ones too, in the order sent', async () => {
    const archive = writeZip({ name: 'a/1.tif', bytes: three }, { name: 'a/2.png', bytes: png });
    const reply = await embed(createTestApp(), postForm(['file', png], ['file', archive], ['frames', '1']));
    expect(okItems(reply).map(frameOf)).toEqual([
      [0, 1],
      [1, 1],
      [2, 1],
    ]);
  });

  test('without the page asked for is a failed item: the other files go on', async () => {
    const pages = new Uint8Array(readTiff('pages-mixed-bigtiff.tif'));
    const response = await postEmbeddings(
      createTestApp(),
      postForm(['file', three], ['file', pages], ['frames', '3']),
    );
    expect(response.status).toBe(207);
    expect(await response.json()).toMatchObject({
      data: [
        { object: 'embedding', source: { frameNumber: 3 } },
        { object: 'error', index: 1, error: { code: 'unusable-input', errors: [{ pointer: '/frames' }] } },
      ],
    });
  });

  test('of which one is damaged says which', async () => {
    const damaged = three.slice();
    const view = new DataView(damaged.buffer);
    // The compression of the third page, found by its directory: the fifth in the file, behind two thumbnails.
    let at = view.getUint32(4, true);
    for (let skipped = 0; skipped < 4; skipped += 1)
      at = view.getUint32(at + 2 + 12 * view.getUint16(at, true), true);
    for (let entry = at + 2; view.getUint16(entry, true) <= 259; entry += 12) {
      if (view.getUint16(entry, true) === 259) view.setUint16(entry + 8, 4, true);
    }
    const response = await postEmbeddings(createTestApp(), postFile(damaged, 'image/tiff'), '?frames=all');
    expect(response.status).toBe(207);
    expect(await response.json()).toMatchObject({
      data: [
        { object: 'embedding' },
        { object: 'embedding' },
        {
          object: 'error',
          index: 2,
          error: {
            code: 'unsupported-media-type',
            detail: expect.stringMatching(/^Frame 3: .*Group 4/) as string,
          },
        },
      ],
    });
  });

  test('with more pages than a request may have items is a 413 that points at frames', async () => {
    const app = createTestApp({ limits: { maxItems: 4 } });
    const two = postForm(['file', three], ['file', three], ['frames', 'all']);
    const problem = await expectProblem(await postEmbeddings(app, two), 413, 'too-many-items');
    expect(problem.errors).toEqual([{ pointer: '/frames', detail: 'More than 4 items.' }]);
    expect(app.budget.usedBytes()).toBe(0);
    expect((await embed(app, postForm(['file', three], ['file', png], ['frames', 'all']))).data).toHaveLength(
      4,
    );
  });
});

const stream = async (app: ReturnType<typeof createTestApp>, init: RequestInit) => {
  const headers = new Headers(init.headers);
  headers.set('accept', 'application/x-ndjson');
  const text = await (await postEmbeddings(app, { ...init, headers })).text();
  return text
    .trimEnd()
    .split('\n')
    .map((line) => embeddingLineSchema.parse(JSON.parse(line)));
};

/** A part of a form in a chunk of its own, so that each file's bytes are on its own account. */
const part = (head: string, body: Uint8Array) =>
  Buffer.concat([
    Buffer.from(`--b\r\ncontent-disposition: form-data; ${head}\r\n\r\n`),
    body,
    Buffer.from('\r\n'),
  ]);

describe('a stream', () => {
  test('has a line for each page, counted on over the files', async () => {
    const app = createTestApp();
    const lines = await stream(
      app,
      await postForm(['frames', 'all'], ['file', png], ['file', three], ['file', png]),
    );
    const items = lines
      .flatMap((line) => (line.object === 'embedding' ? [line] : []))
      .toSorted((a, b) => a.index - b.index);
    expect(items.map((item) => [item.index, ...frameOf(item)])).toEqual([
      [0, 0, 1],
      [1, 1, 1],
      [2, 1, 2],
      [3, 1, 3],
      [4, 2, 1],
    ]);
    expect(lines.at(-1)).toMatchObject({ object: 'summary', succeeded: 5, status: 200 });
    expect(app.budget.usedBytes()).toBe(0);
  });

  test('of too many pages ends with what was done, and gives the bytes back', async () => {
    const app = createTestApp({ streamLimits: { maxItems: 3 } });
    const chunks = [
      part('name="frames"', Buffer.from('all')),
      part('name="file"; filename="a"', png),
      part('name="file"; filename="b"', three),
      Buffer.from('--b--\r\n'),
    ];
    const lines = await stream(
      app,
      postStream(chunks, { 'content-type': 'multipart/form-data; boundary=b' }),
    );
    expect(lines).toHaveLength(2);
    expect(lines.at(-1)).toMatchObject({
      object: 'summary',
      succeeded: 1,
      error: { code: 'too-many-items' },
    });
    expect(app.budget.usedBytes()).toBe(0);
  });
});

/** Prepares as ever, but holds image number `held` (from 1) until `goOn`. */
function holdingPreparer(held: number) {
  const direct = createDirectPreparer(createDirectDecoder(), createSystemClock());
  const [atWork, goOn] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
  let begun = 0;
  const preparer: ImagePreparer = {
    async prepare(request, context) {
      begun += 1;
      if (begun === held) {
        atWork.resolve(undefined);
        await goOn.promise;
      }
      return direct.prepare(request, context);
    },
  };
  return { preparer, begun: () => begun, atWork: atWork.promise, goOn: () => goOn.resolve(undefined) };
}

describe('pages that share their pixels', () => {
  const pixels = new Uint8Array(100_000).map((_, index) => index % 251);
  const shared = writeSharedPages({
    pages: 5,
    rows: 100,
    columns: 1_000,
    blockSide: { rowsPerStrip: 100 },
    blocks: [{ at: 0, length: pixels.length }],
    pixels,
  });

  test('are failed items once they add up to more than the file', async () => {
    const app = createTestApp();
    const response = await postEmbeddings(app, postFile(shared, 'image/tiff'), '?frames=all');
    expect(response.status).toBe(207);
    const { data } = embeddingResponseSchema.parse(await response.json());
    expect(data.map((item) => item.object)).toEqual(['embedding', ...Array<string>(4).fill('error')]);
    expect(data.at(-1)).toMatchObject({
      error: {
        code: 'undecodable-image',
        status: 422,
        detail: expect.stringMatching(/^Frame 5: .* need more bytes than it has/) as string,
      },
    });
    expect(app.budget.usedBytes()).toBe(0);
  });

  test('or do not: what pages are copied to counts in the memory of all calls', async () => {
    const app = createTestApp({ maxBufferedBytes: Math.floor(shared.length * 1.5) });
    await expectProblem(
      await postEmbeddings(app, postFile(shared, 'image/tiff'), '?frames=2'),
      503,
      'overloaded',
    );
    expect(app.budget.usedBytes()).toBe(0);
    expect((await embed(app, postFile(shared, 'image/tiff'))).data).toHaveLength(1);
    const wide = createTestApp({ maxBufferedBytes: Math.ceil(shared.length * 2.1) });
    expect((await embed(wide, postFile(shared, 'image/tiff'), '?frames=2')).data).toHaveLength(1);
  });

  test.each([
    ['not enough memory for both', 1.5, { status: 503, error: { code: 'overloaded' } }],
    ['enough', 2.1, { status: 200, succeeded: 1 }],
  ])('in a stream, %s', async (_, share, summary) => {
    const app = createTestApp({ maxBufferedBytes: Math.ceil(shared.length * share) + 1_000 });
    const body = await postForm(['frames', '2'], ['file', shared]);
    expect((await stream(app, body)).at(-1)).toMatchObject({ object: 'summary', ...summary });
    expect(app.budget.usedBytes()).toBe(0);
  });

  test('of one file after the other wait for their memory', async () => {
    const { preparer, atWork, goOn } = holdingPreparer(1);
    const app = createTestApp({ preparer, maxBufferedBytes: Math.ceil(shared.length * 4.5) });
    const files = Array.from({ length: 6 }, () => part('name="file"; filename="a"', shared));
    const chunks = [part('name="frames"', Buffer.from('2')), ...files, Buffer.from('--b--\r\n')];
    const reply = stream(app, postStream(chunks, { 'content-type': 'multipart/form-data; boundary=b' }));
    await atWork;
    // The second file is there by then, but there is no memory for its page.
    for (let turn = 0; turn < 100; turn += 1) await settleTurn();
    goOn();
    expect((await reply).at(-1)).toMatchObject({ object: 'summary', status: 200, succeeded: 6 });
    expect(app.budget.usedBytes()).toBe(0);
  });
});

test('a stream takes no further file while the pages of one that fills its memory are at work', async () => {
  const { preparer, begun, atWork, goOn } = holdingPreparer(3);
  const app = createTestApp({ preparer, streamLimits: { maxHeldBytes: 2 * three.length } });
  const files = Array.from({ length: 4 }, () => part('name="file"; filename="a"', three));
  const chunks = [part('name="frames"', Buffer.from('all')), ...files, Buffer.from('--b--\r\n')];
  const reply = stream(app, postStream(chunks, { 'content-type': 'multipart/form-data; boundary=b' }));
  await atWork;
  // Two of its three pages are done within some turns, and others would begin.
  for (let turn = 0; turn < 100; turn += 1) await settleTurn();
  expect(begun()).toBe(3);
  goOn();
  expect((await reply).at(-1)).toMatchObject({ object: 'summary', succeeded: 12, status: 200 });
});
