import { STATUS_CODES } from 'node:http';
import { describe, expect, test } from 'vitest';
import { errorCodes, type ErrorCodeRow } from '#src/domain/error-codes.ts';

const rows = Object.entries<ErrorCodeRow>(errorCodes);

describe('the catalogue', () => {
  test.each(rows)('%s has a name, a status and words that a client can use', (code, row) => {
    expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/);
    // 499 is nginx's: no registered status says that the client has gone.
    expect(row.status === 499 || row.status in STATUS_CODES).toBe(true);
    expect(row.status).toBeGreaterThanOrEqual(400);
    expect(row.title).toMatch(/^[A-Z].*[^.]$/);
    expect(row.remedy).toMatch(/\.$/);
  });

  test('what may be tried again is exactly what a time or another caller can change', () => {
    const retryable = rows.filter(([, row]) => row.retryable).map(([, { status }]) => status);
    expect([...new Set(retryable)].sort()).toEqual([429, 499, 503, 504]);
    const others = rows.filter(([, row]) => !row.retryable).map(([, { status }]) => status);
    expect(others.filter((status) => [429, 503, 504].includes(status))).toEqual([]);
  });
});
