import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AppError } from '#src/domain/app-error.ts';
import { createByteBudget } from '#src/http/input/byte-budget.ts';
import { readMultipart, type RawAnalysisRequest } from '#src/http/input/read-multipart.ts';
import type { UploadItem } from '#src/pipeline/item-result.ts';
import { postStream } from '#test/http/bodies.ts';

const limits = { maxRequestBytes: 100_000, maxFileBytes: 10_000, maxItems: 8, requestTimeoutMs: 1_000 };

function read(chunks: Iterable<Uint8Array>, boundary = 'b'): Promise<RawAnalysisRequest> {
  const headers = { 'content-type': `multipart/form-data; boundary=${boundary}` };
  const request = new Request('http://127.0.0.1/', postStream(chunks, headers));
  const bounds = {
    maxBytes: limits.maxRequestBytes,
    lease: createByteBudget(1e6).open(),
    signal: new AbortController().signal,
  };
  return readMultipart(request, limits, bounds);
}

const comparableItem = (item: UploadItem) =>
  item.ok ? { type: item.declaredType, bytes: Buffer.from(item.bytes).toString('latin1') } : item.error.code;
/** What can be compared of a parsed form: null-prototype records and buffers become plain. */
const comparable = (raw: RawAnalysisRequest) => ({
  items: raw.items.map(comparableItem),
  examples: raw.examples.map(({ label, item }) => ({ label, item: comparableItem(item) })),
  text: Object.entries(raw.textOptions),
  json: Object.entries(raw.jsonOptions),
});
/** The form, or the code of its refusal. */
const outcome = (reading: Promise<RawAnalysisRequest>) =>
  reading.then(comparable, (error: unknown) => (error as AppError).code);

/** Cuts bytes at the given places; every place may be used, also twice. */
function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const edges = [0, ...places.map((place) => place % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  return edges.slice(1).map((edge, i) => bytes.slice(edges[i], edge));
}

const field = (name: string, value: string) =>
  `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
const file = (name: string, content: string, type = 'image/png') =>
  `--b\r\nContent-Disposition: form-data; name="${name}"; filename="f"\r\nContent-Type: ${type}\r\n\r\n${content}\r\n`;
const latin1 = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'latin1'));

describe('chunking', () => {
  /** Contents full of what looks like a boundary. */
  const content = fc
    .array(
      fc.constantFrom(
        '\r',
        '\n',
        '-',
        '--',
        'b',
        '\r\n',
        '\r\n--',
        '\r\n--a',
        '--b',
        '\r\n-',
        'x',
        '\0',
        '\xff',
      ),
      {
        maxLength: 12,
      },
    )
    .map((pieces) => pieces.join('').replaceAll('\r\n--b', '\r\n--c'));
  const part = fc.oneof(
    content.map((text) => file('file', text)),
    content.map((text) => file('example:l', text, 'image/jpeg')),
    fc.constantFrom(field('pooling', 'cls'), field('options', '{"normalize":true}'), field('user', 'ä')),
  );
  const form = fc
    .tuple(
      fc.array(part, { maxLength: 5 }),
      fc.constantFrom('--b--', '--b--\r\n', '--b--\r\nepilogue --b', '--b', ''),
    )
    .map(([parts, end]) => latin1(parts.join('') + end));

  test('changes nothing: any cuts give what one chunk gives', async () => {
    await fc.assert(
      fc.asyncProperty(form, fc.array(fc.nat(2_000), { maxLength: 12 }), async (bytes, places) => {
        expect(await outcome(read(cut(bytes, places)))).toEqual(await outcome(read([bytes])));
      }),
      { numRuns: 500 },
    );
  });

  test('byte by byte, too', async () => {
    const bytes = latin1(
      field('pooling', 'cls') + file('file', 'a\r\n--\r\n--x\r') + file('file', '') + '--b--\r\n',
    );
    expect(await outcome(read(Array.from(bytes, (byte) => Uint8Array.of(byte))))).toEqual({
      items: [{ type: 'image/png', bytes: 'a\r\n--\r\n--x\r' }, 'malformed-request'],
      examples: [],
      text: [['pooling', 'cls']],
      json: [],
    });
  });

  test('an epilogue in chunks of its own is read and left alone', async () => {
    const bytes = latin1(`${file('file', 'abc')}--b--`);
    const result = await outcome(read([bytes, latin1('\r\n'), latin1('and more'), latin1('--b\r\n')]));
    expect(result).toMatchObject({ items: [{ bytes: 'abc' }] });
  });

  test('any bytes at all give a form or a refusal of the client', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), fc.boolean(), async (bytes, isOpened) => {
        const result = await outcome(read([...(isOpened ? [latin1('--b\r\n')] : []), bytes]));
        if (typeof result === 'string') expect(['malformed-request', 'payload-too-large']).toContain(result);
      }),
    );
  });
});

describe('names and types', () => {
  test('what FormData writes is what is read: names, types and bytes', async () => {
    const names = fc
      .string({ unit: 'grapheme', maxLength: 20 })
      // A backslash is refused; the parser takes U+2028 and U+2029 for the end of a header, and no label may hold them.
      .filter((text) => !/[\\\u2028\u2029]/.test(text) && text.isWellFormed());
    await fc.assert(
      fc.asyncProperty(names, fc.uint8Array({ minLength: 1, maxLength: 200 }), async (label, bytes) => {
        const form = new FormData();
        form.append(`example:${label}`, new File([bytes], 'name', { type: 'image/png' }));
        const encoded = new Response(form);
        const boundary = encoded.headers.get('content-type')!.split('boundary=')[1]!;
        const { examples } = await read([await encoded.bytes()], boundary);
        // FormData itself turns lone line breaks into CRLF before it escapes them.
        expect(examples[0]!.label).toBe(label.replace(/\r\n|\r|\n/g, '\r\n'));
        expect(comparableItem(examples[0]!.item)).toEqual({
          type: 'image/png',
          bytes: Buffer.from(bytes).toString('latin1'),
        });
      }),
    );
  });

  test('a quoted boundary is a boundary, one of 70 characters too', async () => {
    const long = 'x'.repeat(70);
    const body = (boundary: string) =>
      latin1(
        `--${boundary}\r\nContent-Disposition: form-data; name="pooling"\r\n\r\ncls\r\n--${boundary}--\r\n`,
      );
    expect(await outcome(read([body('a b')], '"a b"'))).toMatchObject({ text: [['pooling', 'cls']] });
    expect(await outcome(read([body(long)], long))).toMatchObject({ text: [['pooling', 'cls']] });
  });

  test('__proto__ is the name of a field, and of an option', async () => {
    const form = latin1(`${field('__proto__', 'x')}${field('options', '{"__proto__":1}')}--b--`);
    expect(await outcome(read([form]))).toMatchObject({
      text: [['__proto__', 'x']],
      json: [['__proto__', 1]],
    });
  });

  test('a backslash in a name is refused, in a file name it is nobody’s business', async () => {
    expect(await outcome(read([latin1(`${field('a\\b', 'x')}--b--`)]))).toBe('malformed-request');
    const windows = `--b\r\nContent-Disposition: form-data; name="file"; filename="C:\\x.png"\r\n\r\nabc\r\n--b--`;
    expect(await outcome(read([latin1(windows)]))).toMatchObject({ items: [{ bytes: 'abc' }] });
  });
});

describe('limits', () => {
  test('one file more than allowed, examples counted too', async () => {
    const parts = (count: number) =>
      latin1(`${file('file', 'x').repeat(count - 2)}${file('example:a', 'x').repeat(2)}--b--`);
    expect(await outcome(read([parts(8)]))).toMatchObject({ items: { length: 6 }, examples: { length: 2 } });
    expect(await outcome(read([parts(9)]))).toBe('too-many-items');
  });

  test('a file one byte too large', async () => {
    const of = (length: number) => latin1(`${file('file', 'x'.repeat(length))}--b--`);
    expect(await outcome(read([of(10_000)]))).toMatchObject({ items: { length: 1 } });
    expect(await outcome(read([of(10_001)]))).toBe('payload-too-large');
  });

  test('headers of a part without end', async () => {
    expect(await outcome(read([latin1(`--b\r\n${'x-y: z\r\n'.repeat(2_000)}`)]))).toBe('malformed-request');
  });
});
