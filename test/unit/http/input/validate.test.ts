import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { AppError } from '#src/domain/app-error.ts';
import { pointerOf, validate } from '#src/http/input/validate.ts';

const schema = z.strictObject({
  'a/b~': z.number().optional(),
  list: z.array(z.strictObject({ n: z.number() })).optional(),
});
const faultsOf = (value: unknown) => {
  try {
    validate(schema, value);
    return [];
  } catch (thrown) {
    expect(thrown).toMatchObject({ code: 'malformed-request' });
    return (thrown as AppError).faults;
  }
};

describe('faults', () => {
  test('have RFC 6901 pointers', () => {
    expect(faultsOf({ 'a/b~': 'x' }).map(({ pointer }) => pointer)).toEqual(['/a~1b~0']);
    expect(faultsOf({ list: [{ n: 1 }, { n: 'x' }] }).map(({ pointer }) => pointer)).toEqual(['/list/1/n']);
    expect(faultsOf(7).map(({ pointer }) => pointer)).toEqual(['']);
  });

  test('name every unknown key at its own place', () => {
    expect(faultsOf({ x: 1, list: [{ n: 1, 'y/z': 2 }] })).toEqual(
      expect.arrayContaining([
        { pointer: '/x', detail: 'Not known here.' },
        { pointer: '/list/0/y~1z', detail: 'Not known here.' },
      ]),
    );
  });

  test('are no more than a person reads, and none is longer than a line or two', () => {
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`k${i}${'x'.repeat(1_000)}`, 1]));
    const faults = faultsOf(many);
    expect(faults).toHaveLength(20);
    for (const { pointer, detail } of faults) {
      expect(pointer.length).toBeLessThanOrEqual(200);
      expect(detail.length).toBeLessThanOrEqual(200);
    }
  });
});

test('a value that fits is given back with its defaults', () => {
  expect(validate(z.object({ a: z.number().default(1) }), {})).toEqual({ a: 1 });
});

test('the pointer of no path is the whole document', () => {
  expect([pointerOf([]), pointerOf([''])]).toEqual(['', '/']);
});
