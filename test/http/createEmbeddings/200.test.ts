import { describe, expect, test } from 'vitest';
import { tinyPngDataUri } from '#src/http/schemas/example-image.ts';
import { embed, expectedVector, float32Digits, okItems, vectorsOf } from '#test/http/analyses.ts';
import { fileNameNobodyMaySee, postFile, postForm, postJson, postStream } from '#test/http/bodies.ts';
import { createTestApp } from '#test/http/harness.ts';
import { dataUri, jpegImage, pngImage } from '#test/http/images.ts';
import { createTinyEncoder, pooledModel, tinyModel, tinySpec } from '#test/http/tiny-model.ts';

const png = await pngImage();
const wide = await pngImage({ rows: 20, columns: 90 });
const app = createTestApp();

function expectClose(actual: readonly number[], expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length);
  actual.forEach((value, i) => expect(value, `value ${i}`).toBeCloseTo(expected[i]!, float32Digits));
}

describe('one image gives the same vector by every way in', () => {
  const waysIn: Readonly<Record<string, () => RequestInit | Promise<RequestInit>>> = {
    'a bare file with its type': () => postFile(png, 'image/png'),
    'a bare file as octet-stream': () => postFile(png, 'application/octet-stream'),
    'a bare file without a type': () => ({ method: 'POST', body: new Blob([png]) }),
    'a bare file with a parameter in its type': () => postFile(png, 'Image/PNG; name="x"'),
    'a bare file in chunks without a declared length': () =>
      postStream([png.subarray(0, 10), png.subarray(10)], { 'content-type': 'image/png' }),
    'a form': () => postForm(['file', png, 'image/png']),
    'a form whose part has no known type': () => postForm(['file', png]),
    'JSON with one data URI': () => postJson({ input: dataUri(png) }),
    'JSON with a list': () => postJson({ input: [dataUri(png)] }),
    'JSON with a data URI of no type': () => postJson({ input: dataUri(png, '') }),
    'JSON with percent-encoded data': () =>
      postJson({
        input: `data:image/png,${Array.from(png, (byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')}`,
      }),
    'JSON with a charset': () => ({
      ...postJson({ input: dataUri(png) }),
      headers: { 'content-type': 'application/json; charset=utf-8' },
    }),
  };

  test.each(Object.keys(waysIn))('%s', async (way) => {
    const reply = await embed(app, waysIn[way]!());
    expectClose(vectorsOf(reply)[0]!, await expectedVector(png));
    expect(reply.data).toHaveLength(1);
  });
});

describe('options mean the same in the query, a field, the options part and JSON', () => {
  const options = { pooling: 'patch_mean', normalize: false, resize: 'fit' } as const;
  const query = '?pooling=patch_mean&normalize=false&resize=fit';
  const places: Readonly<Record<string, readonly [() => RequestInit | Promise<RequestInit>, string]>> = {
    query: [() => postFile(wide), query],
    'form fields': [
      () => postForm(['file', wide], ['pooling', 'patch_mean'], ['normalize', 'false'], ['resize', 'fit']),
      '',
    ],
    'an options part': [() => postForm(['options', JSON.stringify(options)], ['file', wide]), ''],
    JSON: [() => postJson({ input: dataUri(wide), ...options }), ''],
    'all over the place': [
      () => postForm(['file', wide], ['pooling', 'patch_mean'], ['options', '{"normalize":false}']),
      '?resize=fit',
    ],
    'twice with the same value': [() => postJson({ input: dataUri(wide), ...options }), query],
  };

  test.each(Object.keys(places))('%s', async (place) => {
    const [init, query] = places[place]!;
    const reply = await embed(app, init(), query);
    expectClose(vectorsOf(reply)[0]!, await expectedVector(wide, options));
    expect(reply.provenance).toMatchObject({ pooling: 'patch_mean', normalized: false });
  });
});

describe('a model without patches', () => {
  const both = createTestApp({ models: [tinyModel, pooledModel] });
  test.each(['stretch', 'fit', 'crop', 'tile'])('resize=%s: vectors of its dimension', async (resize) => {
    const reply = await embed(both, postFile(wide), `?model=tiny_cnn_30&resize=${resize}`);
    expect(vectorsOf(reply).map(({ length }) => length)).toEqual([8]);
    const tiles = resize === 'tile' ? 4 : 1;
    expect(okItems(reply)[0]!.tileCount).toBe(tiles);
    // No token but the vector itself.
    expect(reply.usage.total_tokens).toBe(tiles);
  });
});

describe('the reply', () => {
  test('has the OpenAI shape: list, embeddings with index, model, usage', async () => {
    const reply = await embed(app, postJson({ input: [dataUri(png), dataUri(wide)], user: 'somebody' }));
    expect(reply.data.map(({ object, index }) => [object, index])).toEqual([
      ['embedding', 0],
      ['embedding', 1],
    ]);
    expect(reply.model).toBe(tinySpec.name);
    // CLS, four registers and 2×2 patches, twice.
    expect(reply.usage).toEqual({ prompt_tokens: 18, total_tokens: 18 });
  });

  test('says how the vectors came to be and carries the advisories of the model', async () => {
    const reply = await embed(app, postFile(png));
    expect(reply.provenance).toMatchObject({
      model: tinySpec.name,
      modelVersion: '1',
      engine: 'test-engine',
      weightsDigest: tinySpec.weightsDigest,
      dimension: 8,
      normalized: true,
      pooling: 'cls',
    });
    expect(reply.advisories).toEqual(tinySpec.advisories);
  });

  test('describes each source image', async () => {
    const jpeg = await jpegImage({ rows: 30, columns: 50 });
    const reply = await embed(app, postForm(['file', png], ['file', jpeg, 'image/jpeg']));
    expect(okItems(reply).map(({ source }) => source)).toEqual([
      expect.objectContaining({ format: 'png', rows: 24, columns: 40, bitsStored: 8, samplesPerPixel: 1 }),
      expect.objectContaining({
        format: 'jpeg',
        rows: 30,
        columns: 50,
        photometricInterpretation: 'MONOCHROME2',
      }),
    ]);
    expect(okItems(reply)[0]!.source.window).toEqual({ kind: 'full', low: 0, high: 255 });
  });

  test('never repeats a file name, nor does the log', async () => {
    const own = createTestApp();
    const reply = await embed(own, postForm(['file', png]));
    const everything = JSON.stringify([reply, own.logLines]);
    expect(everything).not.toContain(fileNameNobodyMaySee);
    expect(everything).not.toContain('Jane');
  });

  test('names the times of the stages', async () => {
    const response = await app.request('/v1/embeddings', postFile(png));
    const names = response.headers
      .get('server-timing')!
      .split(', ')
      .map((entry) => entry.split(';')[0]);
    expect(names).toEqual(['read', 'decode', 'preprocess', 'queue', 'infer', 'postprocess', 'total']);
  });

  test('keeps a harmless request id, continues the trace and replaces a harmful id', async () => {
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    const post = { method: 'POST', body: png };
    const kept = await app.request('/v1/embeddings', {
      ...post,
      headers: { 'x-request-id': 'call-7', traceparent: `00-${traceId}-00f067aa0ba902b7-01` },
    });
    expect(kept.headers.get('x-request-id')).toBe('call-7');
    expect(kept.headers.get('traceparent')).toMatch(
      new RegExp(`^00-${traceId}-(?!00f067aa0ba902b7)[0-9a-f]{16}-01$`),
    );
    for (const offered of ['a b', 'x'.repeat(129), '"quoted"', '<script>']) {
      const replaced = await app.request('/v1/embeddings', { ...post, headers: { 'x-request-id': offered } });
      expect(replaced.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    }
  });
});

describe('base64', () => {
  test('holds the same float32 values as the list of numbers', async () => {
    const floats = await embed(app, postFile(png), '?encoding_format=float');
    const coded = await embed(app, postFile(png), '?encoding_format=base64');
    const bytes = Buffer.from(okItems(coded)[0]!.embedding as string, 'base64');
    const values = Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(i * 4));
    expect(values).toEqual(vectorsOf(floats)[0]);
  });
});

describe('pooling and normalisation', () => {
  test.each(['cls', 'patch_mean', 'cls_patch_mean'] as const)('%s gives its own vector', async (pooling) => {
    const reply = await embed(app, postFile(wide), `?pooling=${pooling}`);
    expectClose(vectorsOf(reply)[0]!, await expectedVector(wide, { pooling }));
    expect(reply.provenance).toMatchObject({ pooling, dimension: pooling === 'cls_patch_mean' ? 16 : 8 });
  });

  test.each(['cls', 'patch_mean', 'cls_patch_mean'] as const)(
    'normalize=true gives length 1 for %s',
    async (pooling) => {
      const [vector] = vectorsOf(await embed(app, postFile(wide), `?pooling=${pooling}&normalize=true`));
      expect(Math.hypot(...vector!)).toBeCloseTo(1, float32Digits);
    },
  );

  test('normalize=false gives the encoder’s own values', async () => {
    const [vector] = vectorsOf(await embed(app, postFile(wide), '?normalize=false'));
    expectClose(vector!, await expectedVector(wide, { normalize: false }));
    expect(Math.hypot(...vector!)).toBeGreaterThan(2);
  });

  test('asks the encoder for the outputs of the pooling and for no more', async () => {
    const encoder = createTinyEncoder();
    const own = createTestApp({ encoder });
    await embed(own, postFile(png), '?pooling=cls');
    await embed(own, postFile(png), '?pooling=cls_patch_mean');
    expect(encoder.calls.map(({ outputs }) => outputs)).toEqual([['cls'], ['cls', 'patch_mean']]);
  });

  test.each([
    ['cls', 8],
    ['cls_patch_mean', 16],
  ] as const)('dimensions may name the true length of %s', async (pooling, dimensions) => {
    const reply = await embed(app, postJson({ input: tinyPngDataUri, pooling, dimensions }));
    expect(vectorsOf(reply)[0]).toHaveLength(dimensions);
  });
});

describe('resize modes and windows', () => {
  test.each(['stretch', 'fit', 'crop'] as const)(
    '%s places the image once, and differs from the others',
    async (resize) => {
      const reply = await embed(app, postFile(wide), `?resize=${resize}&normalize=false`);
      expectClose(vectorsOf(reply)[0]!, await expectedVector(wide, { resize, normalize: false }));
      expect(okItems(reply)[0]!.tileCount).toBe(1);
      expect(reply.provenance.preprocessing).toMatch(new RegExp(`;32x32;${resize}$`));
    },
  );

  test('tile cuts a wide image into several inputs and averages them', async () => {
    const reply = await embed(app, postFile(wide), '?resize=tile');
    const [item] = okItems(reply);
    expect(item!.tileCount).toBeGreaterThan(1);
    expect(Math.hypot(...vectorsOf(reply)[0]!)).toBeCloseTo(1, float32Digits);
    expect(reply.usage.total_tokens).toBe(item!.tileCount * 9);
  });

  test('tile of an image no larger than the input is one input, and equals nothing cut', async () => {
    const small = await pngImage({ rows: 32, columns: 32 });
    const tiled = await embed(app, postFile(small), '?resize=tile');
    const stretched = await embed(app, postFile(small), '?resize=stretch');
    expectClose(vectorsOf(tiled)[0]!, vectorsOf(stretched)[0]!);
  });

  test.each([
    ['auto', 'auto', 20, 120],
    ['100,51', 'linear', 74.5, 124.5],
    [' 100 , 51 ', 'linear', 74.5, 124.5],
  ] as const)('window=%s is applied and reported', async (window, kind, low, high) => {
    const dim = await pngImage({ from: 20, rise: 100 });
    const reply = await embed(app, postJson({ input: dataUri(dim), window, normalize: false }));
    expect(okItems(reply)[0]!.source.window).toEqual({ kind, low, high });
    expectClose(vectorsOf(reply)[0]!, await expectedVector(dim, { window, normalize: false }));
  });

  test.each(['first', 'all', '1', '1-1', '1,1'])(
    'frames=%s is the one frame that there is',
    async (frames) => {
      expect((await embed(app, postFile(png), `?frames=${frames}`)).data).toHaveLength(1);
    },
  );
});

describe('many images', () => {
  test('come back in the order in which they were sent, each with its own vector', async () => {
    const images = await Promise.all([10, 60, 110, 160, 210].map((from) => pngImage({ from, rise: 30 })));
    const reply = await embed(app, postForm(...images.map((image) => ['file', image] as const)));
    const expected = await Promise.all(images.map((image) => expectedVector(image)));
    vectorsOf(reply).forEach((vector, i) => expectClose(vector, expected[i]!));
    expect(reply.data.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4]);
  });

  test('give all upload bytes back to the budget', async () => {
    await embed(app, postForm(['file', png], ['file', wide]));
    expect(app.budget.usedBytes()).toBe(0);
  });
});
