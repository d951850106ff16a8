import { describe, expect, test } from 'vitest';
import { postEmbeddings } from '#test/http/analyses.ts';
import { postFile, postForm, postJson, postRawForm, postStream } from '#test/http/bodies.ts';
import { createTestApp, expectProblem } from '#test/http/harness.ts';
import { dataUri, pngImage } from '#test/http/images.ts';

const png = await pngImage();
const uri = dataUri(png);
const app = createTestApp();
const empty = new Uint8Array(0);

/** Pointers of the faults of a 400. */
async function pointersOf(init: RequestInit | Promise<RequestInit>, query = ''): Promise<readonly string[]> {
  const problem = await expectProblem(await postEmbeddings(app, init, query), 400, 'malformed-request');
  return (problem.errors ?? []).map(({ pointer }) => pointer);
}

describe('an option that cannot be is pointed at, wherever it stands', () => {
  const wrong: readonly (readonly [string, string])[] = [
    ['pooling', 'max'],
    ['normalize', 'yes'],
    ['normalize', '1'],
    ['encoding_format', 'hex'],
    ['dimensions', '0'],
    ['dimensions', '8.5'],
    ['dimensions', '1e400'],
    ['dimensions', 'NaN'],
    ['dimensions', ''],
    ['dimensions', '-8'],
    ['resize', 'cover'],
    ['granularity', 'study'],
    ['model', ''],
    ['model', 'm'.repeat(129)],
    ['window', ''],
    ['window', 'w'.repeat(65)],
    ['frames', '0'],
    ['frames', '1-'],
    ['frames', '2-1'],
    ['frames', '1,3,9-5'],
    ['frames', '1000000'],
    ['frames', 'last'],
    ['frames', '1;2'],
    ['frames', `1${',1'.repeat(200)}`],
    ['user', 'u'.repeat(257)],
  ];

  test.each(wrong.map(([name, value]) => [name, value.slice(0, 20), value] as const))(
    '%s=%s',
    async (name, _, value) => {
      const query = `?${new URLSearchParams({ [name]: value }).toString()}`;
      expect(await pointersOf(postFile(png), query)).toEqual([`/${name}`]);
      expect(await pointersOf(postForm(['file', png], [name, value]))).toEqual([`/${name}`]);
      expect(
        await pointersOf(postForm(['file', png], ['options', JSON.stringify({ [name]: value })])),
      ).toEqual([`/${name}`]);
      expect(await pointersOf(postJson({ input: uri, [name]: value }))).toEqual([`/${name}`]);
    },
  );

  test.each([
    ['normalize', 'true'],
    ['dimensions', '8'],
    ['pooling', null],
    ['model', 7],
    ['frames', ['first']],
    ['dimensions', 2 ** 53],
  ])('JSON keeps its types: %s=%j', async (name, value) => {
    expect(await pointersOf(postJson({ input: uri, [name]: value }))).toEqual([`/${name}`]);
  });

  test('each fault has its own place, and an unknown option is a fault', async () => {
    const query = '?poling=cls&a/b~c=1&normalize=x';
    expect(new Set(await pointersOf(postFile(png), query))).toEqual(
      new Set(['/poling', '/a~1b~0c', '/normalize']),
    );
  });

  test('options of another operation are unknown here', async () => {
    expect(await pointersOf(postFile(png), '?temperature=0.1')).toEqual(['/temperature']);
  });

  test.each(['nonsense', 'NaN,1', '10', '10,0', '1,2,3', '1e,1', '0,1e999'])(
    'window=%s is no window',
    async (window) => {
      await pointersOf(postJson({ input: uri, window }));
    },
  );

  test('dimensions other than those of the model and pooling', async () => {
    expect(await pointersOf(postFile(png), '?dimensions=16')).toEqual(['/dimensions']);
    expect(await pointersOf(postFile(png), '?dimensions=8&pooling=cls_patch_mean')).toEqual(['/dimensions']);
  });
});

describe('an option given twice is refused, not guessed', () => {
  const twice: Readonly<Record<string, readonly [() => RequestInit | Promise<RequestInit>, string]>> = {
    'in the query': [() => postFile(png), '?pooling=cls&pooling=patch_mean'],
    'in the query with one value': [() => postFile(png), '?pooling=cls&pooling=cls'],
    'in the form': [() => postForm(['file', png], ['pooling', 'cls'], ['pooling', 'patch_mean']), ''],
    'in two options parts': [
      () =>
        postForm(['file', png], ['options', '{"pooling":"cls"}'], ['options', '{"pooling":"patch_mean"}']),
      '',
    ],
    'in query and form': [() => postForm(['file', png], ['pooling', 'cls']), '?pooling=patch_mean'],
    'in form and options part': [
      () => postForm(['file', png], ['pooling', 'cls'], ['options', '{"pooling":"patch_mean"}']),
      '',
    ],
    'in query and JSON': [() => postJson({ input: uri, pooling: 'cls' }), '?pooling=patch_mean'],
  };

  test.each(Object.keys(twice))('%s', async (where) => {
    const [init, query] = twice[where]!;
    expect(await pointersOf(init(), query)).toEqual(['/pooling']);
  });
});

describe('a body that holds no image', () => {
  test('an empty body of a file', async () => {
    await pointersOf(postFile(empty));
    await pointersOf({ method: 'POST', headers: { 'content-type': 'image/png' } });
    await pointersOf({ method: 'POST' });
  });

  test('a form without a file', async () => {
    expect(await pointersOf(postForm(['pooling', 'cls']))).toEqual(['/file']);
    expect(await pointersOf(postRawForm('--b--\r\n'))).toEqual(['/file']);
  });

  test('a form whose only file is empty', async () => {
    await pointersOf(postForm(['file', empty]));
  });

  test('a file under a name that is no file’s', async () => {
    await pointersOf(postForm(['image', png]));
    await pointersOf(postForm(['file', png], ['pooling', png]));
  });

  test('examples, which belong to classifications', async () => {
    await pointersOf(postForm(['file', png], ['example:cat', png]));
    await pointersOf(postJson({ input: uri, examples: [{ label: 'cat', input: uri }] }));
  });
});

describe('JSON that is none, or not ours', () => {
  test.each([
    '',
    '{',
    '[1',
    'null',
    '"text"',
    '[]',
    '7',
    '{"input":"x"}{}',
    "{'input':1}",
    '{"input":"\n"}',
    'NaN',
  ])('%j', async (text) => {
    await pointersOf(postJson(text));
  });

  test.each([undefined, null, 7, [], [7], [[]], {}, { url: uri }, true])(
    'input number %# that is no text',
    async (input) => {
      expect(await pointersOf(postJson({ input }))).toEqual(['/input']);
    },
  );

  test('bytes that are not UTF-8', async () => {
    const body = Uint8Array.from([...Buffer.from('{"input":"'), 0xff, 0xfe, ...Buffer.from('"}')]);
    await pointersOf({ ...postFile(body), headers: { 'content-type': 'application/json' } });
  });

  test('a key that has another meaning in JavaScript', async () => {
    for (const key of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
      expect(await pointersOf(postJson(`{"input":"${uri}","${key}":{"pooling":"cls"}}`))).toEqual([
        `/${key}`,
      ]);
      expect(await pointersOf(postForm(['file', png], ['options', `{"${key}":{"a":1}}`]))).toEqual([
        `/${key}`,
      ]);
      expect(await pointersOf(postForm(['file', png], [key, 'x']))).toEqual([`/${key}`]);
      expect(await pointersOf(postFile(png), `?${key}=x`)).toEqual([`/${key}`]);
    }
    expect(({} as Record<string, unknown>).pooling).toBeUndefined();
  });

  test('lone surrogates, in keys and values', async () => {
    expect(await pointersOf(postJson(`{"input":"${uri}","\\ud800":1}`))).toHaveLength(1);
    await pointersOf(postJson('{"input":"\\ud800"}'));
    expect(await pointersOf(postJson(`{"input":"${uri}","pooling":"\\udc00"}`))).toEqual(['/pooling']);
  });

  test('a key of a megabyte is not repeated in full', async () => {
    const init = postJson({ input: uri, ['k'.repeat(1_000_000)]: 1 });
    const problem = await expectProblem(await postEmbeddings(app, init), 400, 'malformed-request');
    expect(JSON.stringify(problem).length).toBeLessThan(5_000);
  });

  test('numbers out of every range', async () => {
    for (const number of ['1e999', '-1e999', `1${'0'.repeat(500)}`, '0.1e-400', '9007199254740993'])
      expect(await pointersOf(postJson(`{"input":"${uri}","dimensions":${number}}`))).toEqual([
        '/dimensions',
      ]);
  });
});

describe('a data URI that is none', () => {
  const wrong = [
    'data:',
    'data:image/png',
    'data:image/png;base64',
    'data:image/png;base64,',
    'data:image/png,',
    'data:image/png;base64,A',
    'data:image/png;base64,AAAAA',
    'data:image/png;base64,AA*A',
    'data:image/png;base64,AA AA',
    'data:image/png;base64,AAAA=A==',
    'data:image/png;base64,ÄÄÄÄ',
    'data:image/png,%',
    'data:image/png,%4',
    'data:image/png,%zz',
    'data:image/png,ä',
    'data:image,AAAA',
    `data:image/png${';a=b'.repeat(500_000)},AAAA`,
    `data:${'a'.repeat(1_000_000)}`,
    'just text',
    '',
  ];

  test.each(wrong.map((input) => [input.slice(0, 40), input] as const))('%j', async (_, input) => {
    await pointersOf(postJson({ input }));
  });
});

describe('multipart that is broken', () => {
  const part = 'Content-Disposition: form-data; name="file"; filename="a"\r\n\r\nabc\r\n';

  test.each([
    ['nothing at all', ''],
    ['no boundary in the body', 'abc'],
    ['another boundary', `--c\r\n${part}--c--\r\n`],
    ['no closing boundary', `--b\r\n${part}`],
    ['cut inside a header', '--b\r\nContent-Dispo'],
    ['headers without an end', `--b\r\n${'X: y\r\n'.repeat(3_000)}`],
    [
      'options that are no JSON',
      '--b\r\nContent-Disposition: form-data; name="options"\r\n\r\n{\r\n--b--\r\n',
    ],
    [
      'options that are a list',
      '--b\r\nContent-Disposition: form-data; name="options"\r\n\r\n[]\r\n--b--\r\n',
    ],
    [
      'options that are null',
      '--b\r\nContent-Disposition: form-data; name="options"\r\n\r\nnull\r\n--b--\r\n',
    ],
    ['a part without a name', `--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--\r\n`],
    ['a part without headers', '--b\r\n\r\nx\r\n--b--\r\n'],
  ])('%s', async (_, text) => {
    await pointersOf(postRawForm(text));
  });

  test('a header or a field that is not UTF-8', async () => {
    const text = '--b\r\nContent-Disposition: form-data; name="pooling\xff"\r\n\r\nx\r\n--b--\r\n';
    await pointersOf(postRawForm(Uint8Array.from(Buffer.from(text, 'latin1'))));
    const value = '--b\r\nContent-Disposition: form-data; name="pooling"\r\n\r\n\xff\r\n--b--\r\n';
    await pointersOf(postRawForm(Uint8Array.from(Buffer.from(value, 'latin1'))));
  });

  test.each(['', '; boundary=', `; boundary=${'b'.repeat(71)}`].map((rest) => `multipart/form-data${rest}`))(
    '%s',
    async (type) => {
      await pointersOf({
        method: 'POST',
        body: `--b\r\n${part}--b--\r\n`,
        headers: { 'content-type': type },
      });
    },
  );

  test('CR, LF and quotes in a part’s name stay inside the pointer', async () => {
    expect(await pointersOf(postForm(['file', png], ['a"\r\nx-injected: 1', 'v']))).toEqual([
      '/a"\r\nx-injected: 1',
    ]);
  });
});

describe('a body that breaks off', () => {
  test('is the client’s fault, whatever the stream threw', async () => {
    function* chunks(): Generator<Uint8Array> {
      yield png.subarray(0, 20);
      throw new Error('socket hang up');
    }
    const response = await postEmbeddings(app, postStream(chunks(), { 'content-type': 'image/png' }));
    const problem = await expectProblem(response, 400, 'malformed-request');
    expect(JSON.stringify(problem)).not.toContain('hang up');
    expect(app.budget.usedBytes()).toBe(0);
  });
});

test('a wrong option in the query is refused before a byte of the body is read', async () => {
  let pulled = 0;
  function* chunks(): Generator<Uint8Array> {
    pulled += 1;
    yield png;
  }
  const body = new ReadableStream(
    {
      pull(controller) {
        for (const chunk of chunks()) controller.enqueue(chunk);
      },
    },
    { highWaterMark: 0 },
  );
  const init = {
    method: 'POST',
    body,
    headers: { 'content-type': 'image/png' },
    duplex: 'half',
  } as RequestInit;
  await pointersOf(init, '?pooling=max');
  expect(pulled).toBe(0);
});
