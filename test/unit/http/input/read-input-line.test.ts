import { describe, expect, test } from 'vitest';
import { isRemote } from '#src/http/input/fetch-remote-inputs.ts';
import { maxLineBytes, readInputLine } from '#src/http/input/read-input-line.ts';

const max = 1_000;
function read(line: string | Uint8Array): string {
  const input = readInputLine(Buffer.from(line), max);
  if (isRemote(input)) return input.url;
  return input.ok ? Buffer.from(input.bytes).toString() : input.error.code;
}

describe('a line', () => {
  test.each([
    ['{"input":"data:,abc"}', 'abc'],
    [' { "input" : "data:;base64,YWJj" } \r', 'abc'],
    ['"data:,abc"', 'abc'],
    ['{"input":"https://images.example.org/a"}', 'https://images.example.org/a'],
    ['"https:\\/\\/images.example.org"', 'https://images.example.org'],
  ])('%s is an input', (line, expected) => {
    expect(read(line)).toBe(expected);
  });

  test.each([
    '',
    'data:,abc',
    '{"input":"data:,abc"',
    '{"input":"data:,abc"}{}',
    '{"input":["data:,abc"]}',
    '{"input":"data:,abc","model":"x"}',
    '["data:,abc"]',
    '7',
    'null',
    '{}',
    '"a text"',
    `[${'[],'.repeat(5_000)}[]]`,
  ])('%s is a failed item', (line) => {
    expect(read(line)).toBe('malformed-request');
  });

  test('of more values than an input needs is refused before it is parsed', () => {
    const crowded = `{"input":"data:,abc","more":[${'[],'.repeat(5_000)}[]]}`;
    const input = readInputLine(Buffer.from(crowded), max);
    if (isRemote(input) || input.ok) throw new Error('was accepted');
    expect(input.error).toMatchObject({ code: 'malformed-request', cause: { code: 'too-many-items' } });
  });

  test('that is no UTF-8 is a failed item', () => {
    expect(read(Uint8Array.from([0x22, 0xff, 0x22]))).toBe('malformed-request');
  });

  test('has room for the base64 of the largest file', () => {
    const uri = `data:application/octet-stream;base64,${Buffer.alloc(max, 'a').toString('base64')}`;
    expect(JSON.stringify({ input: uri }).length).toBeLessThanOrEqual(maxLineBytes(max));
    expect(read(JSON.stringify({ input: uri }))).toHaveLength(max);
  });
});
