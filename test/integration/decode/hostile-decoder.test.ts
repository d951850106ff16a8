import { afterEach, describe, expect, it } from 'vitest';
import { createChildPool } from '#src/isolation/create-child-pool.ts';
import type { ChildPool } from '#src/isolation/child-pool.ts';
import { createPooledPreparer } from '#src/pipeline/prepare/create-pooled-preparer.ts';
import type { ImagePreparer, PrepareRequest } from '#src/ports/image-preparer.ts';
import { createSystemClock } from '#src/telemetry/system-clock.ts';
import { readInput } from '#test/golden/preprocess/read-golden.ts';

const pools: ChildPool[] = [];
afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close()));
});

/** A pool of children that a file can break. */
async function startPool(
  size: number,
  taskTimeoutMs: number,
): Promise<{ pool: ChildPool; preparer: ImagePreparer }> {
  const pool = createChildPool({
    entry: new URL('hostile-child.ts', import.meta.url),
    size,
    taskTimeoutMs,
    maxRssBytes: 400_000_000,
    rssPollMs: 20,
    restart: { baseMs: 1, maxMs: 10 },
  });
  pools.push(pool);
  await pool.start();
  return { pool, preparer: createPooledPreparer(pool, createSystemClock()) };
}

const input = { name: 'images', channels: 3, height: 32, width: 32, mean: [0, 0, 0], std: [1, 1, 1] };
const spec = { input, patchSize: 16 } as unknown as PrepareRequest['spec'];

function prepare(preparer: ImagePreparer, bytes: Uint8Array) {
  const ctx = { signal: new AbortController().signal, deadlineMs: Date.now() + 30_000, requestId: 'test' };
  const limits = { maxPixels: 1_000_000, maxBytes: 1_000_000 };
  const request = {
    bytes,
    declaredType: undefined,
    spec,
    resize: 'stretch',
    window: 'full',
    limits,
  } as const;
  return preparer.prepare(request, ctx);
}

const word = (text: string): Uint8Array => new TextEncoder().encode(text);
const image = readInput('rgb8.png');

describe('a file that breaks its decoder', () => {
  it.each([
    // Only the limit that the case is about is within reach.
    { harm: 'HANG', code: 'undecodable-image', taskTimeoutMs: 1000, restarts: 1 },
    { harm: 'LEAK', code: 'image-too-large', taskTimeoutMs: 50_000, restarts: 1 },
    // A crash may have come from outside, so the file meets a second child before it is blamed.
    { harm: 'ABORT', code: 'undecodable-image', taskTimeoutMs: 50_000, restarts: 2 },
  ])(
    '$harm: only its own request fails, with $code, and the next is served',
    async ({ harm, code, taskTimeoutMs, restarts }) => {
      const { pool, preparer } = await startPool(1, taskTimeoutMs);
      const failing = prepare(preparer, word(harm));
      // Waits behind the failing one, in the same child, until that is replaced.
      const waiting = prepare(preparer, image);
      await expect(failing).rejects.toMatchObject({ code });
      expect((await waiting).inputs[0]!.pixels).toHaveLength(3 * 32 * 32);
      expect((await prepare(preparer, image)).source).toMatchObject({ rows: 21, columns: 27 });
      expect(pool.stats().restarts).toBe(restarts);
    },
  );

  it('does not disturb a request in the child beside it', async () => {
    const { preparer } = await startPool(2, 1000);
    const failing = expect(prepare(preparer, word('HANG'))).rejects.toMatchObject({
      code: 'undecodable-image',
    });
    for (let count = 0; count < 20; count += 1) {
      expect((await prepare(preparer, image)).inputs).toHaveLength(1);
    }
    await failing;
  });
});
