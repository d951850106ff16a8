import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mergeOptions } from '#src/http/input/coerce-options.ts';

const kinds = { normalize: 'boolean', k: 'number' } as const;

describe('texts of queries and forms', () => {
  test.each([
    ['normalize', 'true', true],
    ['normalize', 'false', false],
    // What is no boolean or number stays text, so that the schema names it.
    ['normalize', 'TRUE', 'TRUE'],
    ['normalize', '1', '1'],
    ['normalize', '', ''],
    ['k', '5', 5],
    ['k', '0.5', 0.5],
    ['k', '1e2', 100],
    ['k', '', ''],
    ['k', ' ', ' '],
    ['k', 'NaN', 'NaN'],
    ['k', 'Infinity', 'Infinity'],
    ['k', '1e999', '1e999'],
    ['k', 'five', 'five'],
    ['pooling', 'true', 'true'],
    ['pooling', '5', '5'],
    ['toString', '5', '5'],
  ])('%s=%j becomes %j', (name, text, value) => {
    expect(mergeOptions(kinds, { [name]: text }, {}, {})).toEqual({ [name]: value });
    expect(mergeOptions(kinds, {}, { [name]: text }, {})).toEqual({ [name]: value });
  });
});

describe('three places', () => {
  test('make one record', () => {
    expect(mergeOptions(kinds, { a: '1' }, { b: '2' }, { c: 3 })).toEqual({ a: '1', b: '2', c: 3 });
  });

  test('may agree: a text means what the JSON value means', () => {
    expect(mergeOptions(kinds, { normalize: 'true', k: '5' }, {}, { normalize: true, k: 5 })).toEqual({
      normalize: true,
      k: 5,
    });
  });

  test('must not disagree', () => {
    const conflict = expect.objectContaining({
      code: 'malformed-request',
      faults: [{ pointer: '/a~1b', detail: 'Given twice.' }],
    }) as Error;
    expect(() => mergeOptions(kinds, { 'a/b': '1' }, { 'a/b': '2' }, {})).toThrow(conflict);
    expect(() => mergeOptions(kinds, { 'a/b': '1' }, {}, { 'a/b': 1 })).toThrow(conflict);
    expect(() => mergeOptions(kinds, {}, { 'a/b': '' }, { 'a/b': null })).toThrow(conflict);
  });

  test('keep a key named __proto__ as a key', () => {
    const merged = mergeOptions(
      kinds,
      {},
      {},
      JSON.parse('{"__proto__":{"k":1}}') as Record<string, unknown>,
    );
    expect(Object.keys(merged)).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(merged)).toBe(Object.prototype);
  });

  test('JSON values come through unchanged, whatever they are', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (json) => {
        expect(Object.entries(mergeOptions(kinds, {}, {}, json))).toEqual(Object.entries(json));
      }),
    );
  });
});
