import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { errorCodes, type ErrorCode } from '#src/domain/error-codes.ts';
import { createChildPool } from '#src/isolation/create-child-pool.ts';
import { golden, readInput } from '#test/golden/preprocess/read-golden.ts';
import { damaged } from './damage.ts';

/** Damaged files of every kind go to a real child process, as in the service: a crash would be seen as such. */
const pool = createChildPool({
  entry: new URL('fuzz-child.ts', import.meta.url),
  size: 1,
  taskTimeoutMs: 5000,
  maxRssBytes: 1_000_000_000,
});

beforeAll(() => pool.start());
afterAll(() => pool.close());

describe('the decoder on damaged files', () => {
  it('gives a whole image or a 4xx, and never crashes, hangs or fills the memory', async () => {
    const file = fc
      .constantFrom(...golden.decoding.map((case_) => case_.file))
      .chain((name) => damaged(readInput(name)));
    await fc.assert(
      fc.asyncProperty(file, async (bytes) => {
        const { header } = await pool.run({}, [bytes]);
        if (header['isWhole'] === true) return;
        const row = errorCodes[header['code'] as ErrorCode];
        expect(row, JSON.stringify(header)).toBeDefined();
        expect(row.status, JSON.stringify(header)).toBeGreaterThanOrEqual(400);
        expect(row.status, JSON.stringify(header)).toBeLessThan(500);
      }),
      { numRuns: 1500, interruptAfterTimeLimit: 8000, markInterruptAsFailure: false },
    );
    expect(pool.stats().restarts).toBe(0);
  });
});
