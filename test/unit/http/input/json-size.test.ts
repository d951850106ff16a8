import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assertJsonSize } from '#src/http/input/json-size.ts';

const maxItems = 4;
/** 8 per item and 1024 for options, as the module states. */
const budget = maxItems * 8 + 1024;
const isRefused = (text: string): boolean => {
  try {
    assertJsonSize(Buffer.from(text), maxItems);
    return false;
  } catch (thrown) {
    expect(thrown).toMatchObject({ code: 'too-many-items' });
    return true;
  }
};

/** The count, by the plainest means: every string, comma, bracket and brace outside of strings. */
function plainCount(text: string): number {
  return [...text.matchAll(/"(?:[^"\\]|\\.)*"|[,[{]/gs)].length;
}

describe('the size of JSON text', () => {
  test('is judged as by plain counting, for any JSON', () => {
    const big = fc.array(fc.oneof(fc.string(), fc.integer(), fc.constant([]), fc.constant({ k: '"\\' })), {
      minLength: 300,
      maxLength: 1_000,
    });
    fc.assert(
      fc.property(
        fc.oneof(
          fc.json(),
          big.map((value) => JSON.stringify(value)),
        ),
        (text) => {
          expect(isRefused(text)).toBe(plainCount(text) > budget);
        },
      ),
      { numRuns: 200 },
    );
  });

  test('the budget itself is within it', () => {
    const texts = (count: number) => `[${Array(count).fill('1').join(',')}]`;
    expect(isRefused(texts(budget))).toBe(false);
    expect(isRefused(texts(budget + 1))).toBe(true);
  });

  test('what is inside a string does not count, however it looks', () => {
    const inside = ',[{'.repeat(5_000);
    expect(isRefused(JSON.stringify({ input: `${inside}"${inside}\\"\\\\` }))).toBe(false);
  });

  test('a request of as many labelled examples as allowed, with every option, is within it', () => {
    const item = { label: 'l', input: 'data:image/png;base64,AAAA' };
    const body = {
      input: [item.input],
      examples: Array.from({ length: maxItems - 1 }, () => item),
      method: 'knn',
      k: 3,
    };
    expect(isRefused(JSON.stringify(body, null, 2))).toBe(false);
  });

  test.each([
    ['an unfinished string', '"abc'],
    ['a string that ends in an escape', '"abc\\'],
    ['many escapes', `"${'\\"'.repeat(10_000)}`],
    ['nothing', ''],
  ])('%s does not loop', (_, text) => {
    expect(isRefused(text)).toBe(false);
  });
});
