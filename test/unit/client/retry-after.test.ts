import { describe, expect, it } from 'vitest';
import { readRetryAfterMs } from '#src/client/retry-after.ts';

const now = Date.parse('2026-01-02T03:04:05Z');
const read = (value: string | undefined, date?: string): number | undefined =>
  readRetryAfterMs(
    new Headers({
      ...(value !== undefined && { 'retry-after': value }),
      ...(date !== undefined && { date }),
    }),
    now,
  );

describe('Retry-After', () => {
  it.each([
    ['0', 0],
    ['7', 7_000],
    [' 120 ', 120_000],
    ['Fri, 02 Jan 2026 03:04:15 GMT', 10_000],
    // The two obsolete forms that RFC 9110 5.6.7 asks recipients to read.
    ['Friday, 02-Jan-26 03:04:15 GMT', 10_000],
    ['Fri Jan  2 03:04:15 2026', 10_000],
    ['Fri, 02 Jan 2026 03:00:00 GMT', 0],
  ])('%j means %d ms', (value, expected) => {
    expect(read(value)).toBe(expected);
  });

  it.each([
    [undefined],
    [''],
    ['-5'],
    ['1.5'],
    ['soon'],
    ['0x10'],
    ['1e3'],
    ['99999999999'],
    ['Fri, nonsense'],
  ])('%j says nothing', (value) => {
    expect(read(value)).toBeUndefined();
  });

  it('a date counts from the Date of the reply, so a wrong clock here does not matter', () => {
    expect(read('Fri, 02 Jan 2026 05:00:09 GMT', 'Fri, 02 Jan 2026 05:00:04 GMT')).toBe(5_000);
  });
});
