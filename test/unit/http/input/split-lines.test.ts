import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { splitLines } from '#src/http/input/split-lines.ts';

async function linesOf(chunks: Iterable<string>, max = 1_000): Promise<string[]> {
  const lines: string[] = [];
  const bytes = ReadableStream.from(Array.from(chunks, (chunk) => Buffer.from(chunk)));
  for await (const line of splitLines(bytes, max)) lines.push(Buffer.from(line).toString());
  return lines;
}

describe('lines', () => {
  test('come whole, however the body was cut into chunks', async () => {
    const line = fc
      .string({ minLength: 1, maxLength: 20, unit: 'grapheme' })
      .map((text) => `x${text.replaceAll('\n', '')}`);
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { maxLength: 8 }),
        fc.array(fc.nat(200), { maxLength: 10 }),
        fc.boolean(),
        async (lines, cuts, isEnded) => {
          const body = Buffer.from(lines.join('\n') + (isEnded ? '\n' : ''));
          const at = [...new Set(cuts.map((cut) => cut % (body.length + 1)))].toSorted((a, b) => a - b);
          const chunks = [0, ...at].map((from, n) => body.subarray(from, [...at, body.length][n]));
          const got: string[] = [];
          for await (const part of splitLines(ReadableStream.from(chunks), 1_000))
            got.push(Buffer.from(part).toString());
          expect(got).toEqual(lines);
        },
      ),
    );
  });

  test('that are blank are passed over', async () => {
    expect(await linesOf(['\n\r\na\n', ' \t\n', '\n\nb\r\n\n'])).toEqual(['a', 'b\r']);
    expect(await linesOf([])).toEqual([]);
    expect(await linesOf(['\n'])).toEqual([]);
  });

  test('of exactly the limit are taken, one byte more is not, with or without an end', async () => {
    expect(await linesOf(['abcd\nabcd'], 4)).toEqual(['abcd', 'abcd']);
    for (const body of [['abcde\n'], ['abc', 'de'], ['ok\nabcd', 'e\n']]) {
      await expect(linesOf(body, 4)).rejects.toMatchObject({ code: 'payload-too-large' });
    }
  });

  test('a line without end is refused while it comes, not when it is over', async () => {
    let given = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) {
        given += 1;
        yield await Promise.resolve(Buffer.alloc(100, 'a'));
      }
    }
    await expect(splitLines(endless(), 1_000).next()).rejects.toMatchObject({ code: 'payload-too-large' });
    expect(given).toBe(11);
  });
});
