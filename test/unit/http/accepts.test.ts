import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { negotiate } from '#src/http/accepts.ts';

const offered = ['application/json', 'application/x-npy', 'text/csv'] as const;

describe('content negotiation', () => {
  test.each([
    [undefined, 'application/json'],
    ['', 'application/json'],
    ['  ', 'application/json'],
    ['*/*', 'application/json'],
    ['text/csv', 'text/csv'],
    ['TEXT/CSV', 'text/csv'],
    ['text/*', 'text/csv'],
    ['text/csv;q=0.5, application/x-npy', 'application/x-npy'],
    ['application/json;q=0.2, text/csv;q=0.3', 'text/csv'],
    // The most specific range decides, wherever it stands.
    ['*/*, application/json;q=0', 'application/x-npy'],
    ['application/*;q=0.1, text/csv;q=0.2', 'text/csv'],
    // On a tie the one that we would rather send.
    ['text/csv, application/json', 'application/json'],
    ['image/png, */*;q=0.1', 'application/json'],
    ['application/json; charset=utf-8', 'application/json'],
    ['text/csv;q=oops', 'text/csv'],
    ['*', 'application/json'],
    ['image/png, *;q=0.2', 'application/json'],
    ['text/csv;q=7, application/json;q=1', 'application/json'],
    ['text/csv;level=1;q=0.9, application/json;q=0.8', 'text/csv'],
    ['text/csv ; q=0.9 , application/json;q=0.8', 'text/csv'],
  ])('Accept %j gives %s', (accept, type) => {
    expect(negotiate(accept, offered)).toBe(type);
  });

  test.each(['image/png', 'application/json;q=0', '*/*;q=0', 'json', 'text', ',', 'text/csv;q=-1'])(
    'Accept %j is not acceptable, and the reply names what is',
    (accept) => {
      expect(() => negotiate(accept, offered)).toThrow(
        expect.objectContaining({
          code: 'not-acceptable',
          detail: 'This operation answers with application/json, application/x-npy, text/csv.',
        }) as Error,
      );
    },
  );

  test('any text gives an offered type or not-acceptable', () => {
    fc.assert(
      fc.property(fc.string(), (accept) => {
        try {
          expect(offered).toContain(negotiate(accept, offered));
        } catch (thrown) {
          expect(thrown).toMatchObject({ code: 'not-acceptable' });
        }
      }),
    );
  });
});
