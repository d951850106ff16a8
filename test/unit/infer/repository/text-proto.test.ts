import { describe, expect, test } from 'vitest';
import { renderTextProto } from '#src/infer/repository/text-proto.ts';

describe('renderTextProto', () => {
  test('scalars, lists, enums and nested messages have one field a line', () => {
    const text = renderTextProto([
      ['name', { scalar: 'a' }],
      ['size', { scalar: 3 }],
      ['on', { scalar: false }],
      ['kind', { scalar: { enumName: 'KIND_CPU' } }],
      ['dims', { scalars: [1, 2] }],
      ['inner', { message: [['deep', { message: [['x', { scalar: 0 }]] }]] }],
    ]);
    expect(text).toBe(
      'name: "a"\nsize: 3\non: false\nkind: KIND_CPU\ndims: [1, 2]\ninner {\n  deep {\n    x: 0\n  }\n}\n',
    );
  });

  test('a repeated message is a repeated field, an empty one nothing', () => {
    const entry = (key: string) => [['key', { scalar: key }]] as const;
    expect(renderTextProto([['p', { messages: [entry('a'), entry('b')] }]])).toBe(
      'p {\n  key: "a"\n}\np {\n  key: "b"\n}\n',
    );
    expect(renderTextProto([['p', { messages: [] }]])).toBe('');
  });

  test('quotes, backslashes, controls and non-ASCII are octal escapes of the UTF-8 bytes', () => {
    expect(renderTextProto([['s', { scalar: '"\\\né' }]])).toBe('s: "\\042\\134\\012\\303\\251"\n');
  });
});
