import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AppError } from '#src/domain/app-error.ts';

describe('AppError.from', () => {
  test('is total: whatever is thrown becomes an AppError whose detail holds nothing of it', () => {
    fc.assert(
      fc.property(fc.anything(), (thrown) => {
        const error = AppError.from(thrown);
        expect(error).toBeInstanceOf(AppError);
        expect(error.code).toBe('internal');
        expect(error.detail).toBe('An unexpected error occurred.');
        expect(error.cause).toBe(thrown);
      }),
    );
  });

  test('leaves an AppError as it is', () => {
    const error = new AppError('overloaded', 'Full.', { retryAfterSeconds: 3 });
    expect(AppError.from(error)).toBe(error);
  });

  test.each([
    ['AbortError', 'request-cancelled'],
    ['TimeoutError', 'deadline-exceeded'],
  ] as const)('%s, as AbortSignal gives it, means %s', (name, code) => {
    const thrown = new DOMException('internal words', name);
    const error = AppError.from(thrown);
    expect(error).toMatchObject({ code, cause: thrown });
    expect(error.detail).not.toContain('internal words');
  });

  test('the reason of a timeout signal is a deadline', async () => {
    const signal = AbortSignal.timeout(1);
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    expect(AppError.from(signal.reason).code).toBe('deadline-exceeded');
  });
});

test('faults and retry time are kept, and absent without being given', () => {
  const faults = [{ pointer: '/x', detail: 'No.' }];
  const full = new AppError('malformed-request', 'Bad.', { faults, retryAfterSeconds: 2, cause: 'c' });
  expect(full).toMatchObject({ faults, retryAfterSeconds: 2, cause: 'c' });
  const bare = new AppError('not-found', 'None.');
  expect([bare.faults, bare.retryAfterSeconds, bare.row.status]).toEqual([[], undefined, 404]);
});
