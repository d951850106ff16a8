import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { errorCodes } from '#src/domain/error-codes.ts';

it('docs/errors.md lists every code of the catalogue with what the catalogue says of it, and no others', () => {
  const text = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8');
  const listed = text.split('\n').filter((line) => line.startsWith('| `'));
  const expected = Object.entries(errorCodes).map(
    ([code, { status, title, retryable, remedy }]) =>
      `| \`${code}\` | ${status} | ${title} | ${retryable ? 'yes' : 'no'} | ${remedy} |`,
  );
  expect(listed).toEqual(expected);
});
