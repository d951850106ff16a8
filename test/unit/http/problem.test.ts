import { describe, expect, test } from 'vitest';
import { AppError } from '#src/domain/app-error.ts';
import { errorCodes, type ErrorCode } from '#src/domain/error-codes.ts';
import { problemResponse } from '#src/http/problem.ts';
import { problemSchema } from '#src/http/schemas/common.ts';

const codes = Object.keys(errorCodes) as ErrorCode[];
const cause = new Error('connect ECONNREFUSED 10.9.8.7:8001');

/** Faults of the service itself: what went wrong is for the log. */
const expectedDetail: Partial<Record<ErrorCode, string>> = {
  internal: 'An unexpected error occurred.',
  'encoder-protocol-error': 'The encoder gave an unusable answer.',
};

describe.each(codes)('%s', (code) => {
  const row = errorCodes[code];

  test('has the status, title and type of the catalogue, and the request in it', async () => {
    const response = problemResponse(new AppError(code, 'Public words.', { cause }), 'r-1');
    expect(response.status).toBe(row.status);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    const problem = problemSchema.parse(await response.json());
    expect(problem).toEqual({
      type: `urn:tessera:problem:${code}`,
      title: row.title,
      status: row.status,
      detail: expectedDetail[code] ?? 'Public words.',
      instance: 'urn:tessera:request:r-1',
      code,
      message: expectedDetail[code] ?? 'Public words.',
    });
  });

  test('never shows the cause', async () => {
    const text = await problemResponse(new AppError(code, 'Public words.', { cause }), 'r-1').text();
    expect(text).not.toContain('10.9.8.7');
  });

  test('says when to come back if and only if that can help', () => {
    const isTold = row.retryable && row.status !== 499;
    const plain = problemResponse(new AppError(code, 'x'), 'r').headers.get('retry-after');
    const timed = problemResponse(new AppError(code, 'x', { retryAfterSeconds: 2.1 }), 'r').headers.get(
      'retry-after',
    );
    expect([plain, timed]).toEqual(isTold ? ['1', '3'] : [null, null]);
  });
});

test('a 401 says how to authenticate', () => {
  const { headers } = problemResponse(new AppError('unauthenticated', 'x'), 'r');
  expect(headers.get('www-authenticate')).toBe('Bearer realm="tessera"');
});

test('a retry time is at least a second', () => {
  const { headers } = problemResponse(new AppError('overloaded', 'x', { retryAfterSeconds: 0.001 }), 'r');
  expect(headers.get('retry-after')).toBe('1');
});

test('faults and extensions are members of the body', async () => {
  const faults = [{ pointer: '/x', detail: 'No.' }];
  const response = problemResponse(new AppError('malformed-request', 'x', { faults }), 'r', {
    dependencies: [],
  });
  expect(await response.json()).toMatchObject({ errors: faults, dependencies: [] });
});

describe('the message, which is all that OpenAI clients show', () => {
  const messageOf = async (pointers: readonly string[]) => {
    const faults = pointers.map((pointer) => ({ pointer, detail: `No ${pointer.slice(1)}.` }));
    const response = problemResponse(new AppError('malformed-request', 'Public words.', { faults }), 'r');
    return problemSchema.parse(await response.json()).message;
  };

  test('is the detail with the first faults', async () => {
    expect(await messageOf([])).toBe('Public words.');
    expect(await messageOf(['/a'])).toBe('Public words. (/a: No a.)');
    expect(await messageOf(['/a', '/b', '/c'])).toBe('Public words. (/a: No a.; /b: No b.; /c: No c.)');
  });

  test('stays one line of bearable length', async () => {
    expect(await messageOf(['/a', '/b', '/c', '/d'])).toBe(
      'Public words. (/a: No a.; /b: No b.; /c: No c.; …)',
    );
  });
});
