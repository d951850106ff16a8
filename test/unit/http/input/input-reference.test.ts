import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isAddress, readInputReference } from '#src/http/input/input-reference.ts';

const max = 1_000;
const bytesOf = (text: string): number[] | string => {
  const item = readInputReference(text, max);
  return item.ok ? Array.from(item.bytes) : item.error.code;
};
const uriOf = (bytes: Uint8Array): string => `data:image/png;base64,${Buffer.from(bytes).toString('base64')}`;

describe('base64', () => {
  test('gives the very bytes back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: max }), (bytes) => {
        expect(bytesOf(uriOf(bytes))).toEqual(Array.from(bytes));
      }),
    );
  });

  test('works without padding', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 50 }), (bytes) => {
        expect(bytesOf(uriOf(bytes).replaceAll('=', ''))).toEqual(Array.from(bytes));
      }),
    );
  });

  test('with one foreign character is refused, never repaired', () => {
    const foreign = fc.constantFrom(' ', '\n', '-', '_', '*', '%', 'ä', '\0', '=A');
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 3, maxLength: 50 }), foreign, fc.nat(), (bytes, char, at) => {
        const data = Buffer.from(bytes).toString('base64').replaceAll('=', '');
        const cut = at % data.length;
        expect(bytesOf(`data:;base64,${data.slice(0, cut)}${char}${data.slice(cut)}`)).toBe(
          'malformed-request',
        );
      }),
    );
  });
});

describe('percent escapes', () => {
  test('give the very bytes back, escaped or plain', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 300 }), fc.boolean(), (bytes, isUpper) => {
        const hex = (byte: number) => byte.toString(16).padStart(2, '0');
        const text = Array.from(bytes, (byte) => `%${isUpper ? hex(byte).toUpperCase() : hex(byte)}`).join(
          '',
        );
        expect(bytesOf(`data:image/png,${text}`)).toEqual(Array.from(bytes));
      }),
    );
    expect(bytesOf('data:,a%41,b')).toEqual(Array.from(Buffer.from('aA,b')));
  });

  test.each(['%', '%4', 'a%', '%4g', '%g4', '%:0', '%@0', '%`0', '%/0', '% 1', '%%41', 'ä', '€'])(
    '%j is refused',
    (text) => {
      expect(bytesOf(`data:,${text}`)).toBe('malformed-request');
    },
  );
});

describe('the head', () => {
  test.each([
    ['data:;base64,QQ==', undefined],
    ['data:image/png;base64,QQ==', 'image/png'],
    ['DATA:IMAGE/PNG;BASE64,QQ==', 'image/png'],
    ['data:image/png;name=a.png;base64,QQ==', 'image/png'],
    ['data:image/png;charset=utf-8,A', 'image/png'],
    ['data:,A', undefined],
    ['data:application/x-a.b+c;base64,QQ==', 'application/x-a.b+c'],
  ])('%s declares %s', (text, declaredType) => {
    expect(readInputReference(text, max)).toMatchObject({ ok: true, declaredType });
  });

  test.each([
    'data:image/png',
    'data:image;base64,QQ==',
    'data:/png,A',
    'data: image/png,A',
    'data:image/png;base64;base64x,A',
    'data:image/png;=x,A',
    `data:image/png;a=${'b'.repeat(300)},A`,
  ])('%s is malformed', (text) => {
    expect(bytesOf(text)).toBe('malformed-request');
  });

  test.each([
    ['letters', `data:${'a'.repeat(20_000_000)}`],
    ['parameters', `data:image/png${';a=b'.repeat(5_000_000)}`],
    ['parameters and data', `data:image/png${';a=b'.repeat(5_000_000)},AAAA`],
    ['colons', ':'.repeat(20_000_000)],
  ])('twenty megabytes of %s are malformed, and soon', (_, text) => {
    const started = performance.now();
    expect(bytesOf(text)).toBe('malformed-request');
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});

describe('size and kind', () => {
  test('one byte above the limit is too large, the limit is not; by base64 and by escapes', () => {
    for (const [length, outcome] of [
      [max, max],
      [max + 1, 'payload-too-large'],
    ] as const) {
      const bytes = new Uint8Array(length);
      for (const text of [uriOf(bytes), `data:,${'%00'.repeat(length)}`, `data:,${'a'.repeat(length)}`]) {
        const item = readInputReference(text, max);
        expect(item.ok ? item.bytes.byteLength : item.error.code).toBe(outcome);
      }
    }
  });

  test.each(['data:,', 'data:;base64,', 'data:;base64,=='])('%j is an empty file', (text) => {
    expect(bytesOf(text)).toBe('malformed-request');
  });

  test.each([
    ['file:///etc/hosts', 'malformed-request'],
    ['ftp://example.org/', 'malformed-request'],
    ['', 'malformed-request'],
    ['QQ==', 'malformed-request'],
  ])('%j is %s', (text, code) => {
    expect(bytesOf(text)).toBe(code);
  });

  test('any text is an item or an error of the client, and no error repeats it', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.string().map((text) => `data:${text}`),
        ),
        (text) => {
          const item = readInputReference(text, max);
          if (item.ok) return;
          expect(item.error.row.status).toBeLessThan(500);
          if (text.length > 20) expect(item.error.detail).not.toContain(text);
        },
      ),
    );
  });
});

test.each([
  ['http://example.org/', true],
  ['HTTPS://example.org/', true],
  ['https:example.org', true],
  ['data:,https://example.org/', false],
  [' https://example.org/', false],
  ['file:///etc/hosts', false],
  ['httpsx://example.org/', false],
])('%j is an address: %s', (text, expected) => {
  expect(isAddress(text)).toBe(expected);
});

describe('what was probably meant is said', () => {
  const detailOf = (text: string): string => {
    const item = readInputReference(text, max);
    return item.ok ? '' : item.error.detail;
  };
  const png = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');

  test.each([
    ['PNG', png],
    ['JPEG', Buffer.from('ffd8ffe000104a464946', 'hex')],
    ['WebP', Buffer.from('RIFF\x10\0\0\0WEBPVP8 ', 'latin1')],
    ['little-endian TIFF', Buffer.from('II*\0\x08\0\0\0', 'latin1')],
    ['big-endian TIFF', Buffer.from('MM\0*\0\0\0\x08', 'latin1')],
    ['GIF', Buffer.from('GIF89a')],
    ['zip', Buffer.from('PK\x03\x04', 'latin1')],
  ])('bare base64 of %s', (_, bytes) => {
    expect(detailOf(bytes.toString('base64'))).toContain('data:image/png;base64,');
  });

  test.each(['scan.png', './a/b c.JPG', 'C:\\images\\x.tiff', 'set.zip', '../x.dcm'])(
    'a file name: %s',
    (text) => {
      const detail = detailOf(text);
      expect(detail).toContain('name of a file');
      expect(detail).not.toContain(text);
    },
  );

  test.each(['The lungs are clear.', 'QUJD', 'see image.png for more\n'])(
    'a text has no hint: %j',
    (text) => {
      expect(detailOf(text)).toBe('An input is a data URI or an https URL of an image, not text.');
    },
  );
});
