import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { errorCodes, type ErrorCode } from '#src/domain/error-codes.ts';
import { createChildPool } from '#src/isolation/create-child-pool.ts';
import { damaged } from './damage.ts';

/** Damaged files of every kind go to a real child process, as in the service: a crash would be seen as such. */
const pool = createChildPool({
  entry: new URL('fuzz-child.ts', import.meta.url),
  size: 1,
  taskTimeoutMs: 5000,
  maxRssBytes: 1_000_000_000,
});

/** Every input file of the decoders' golden folders. */
const files = ['preprocess', 'webp', 'tiff', 'bmp-gif'].map((name) => {
  const folder = new URL(`../../golden/${name}/inputs/`, import.meta.url);
  return readdirSync(folder).map((file) => new Uint8Array(readFileSync(new URL(file, folder))));
});

beforeAll(() => pool.start());
afterAll(() => pool.close());

describe('the decoder on damaged files', () => {
  it('gives a whole image or a 4xx, and never crashes, hangs or fills the memory', async () => {
    // Half of the runs go to TIFF: its forms are the most.
    const [first = [], webp = [], tiff = [], others = []] = files;
    const file = fc
      .oneof(fc.constantFrom(...first, ...webp, ...others), fc.constantFrom(...tiff))
      .chain((bytes) => damaged(bytes));
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
