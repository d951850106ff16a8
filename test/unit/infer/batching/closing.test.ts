import { describe, expect, it } from 'vitest';
import { batchMs, createBatcherFixture } from '#test/support/batcher-fixture.ts';
import { settleTurn } from '#test/support/manual-clock.ts';

describe('drain and close', () => {
  it('drains at once when there is nothing', async () => {
    const { batcher } = createBatcherFixture();
    await expect(batcher.drain()).resolves.toBeUndefined();
  });

  it('drains when the last batch has ended, not before', async () => {
    const { batcher, sendMany, clock } = createBatcherFixture();
    sendMany('a', 8, 0);
    let drainedAtMs: number | undefined;
    const drained = batcher.drain().then(() => (drainedAtMs = clock.monotonicMs()));
    await clock.advance(2 * batchMs - 1);
    expect(drainedAtMs).toBeUndefined();
    await clock.advance(1);
    await drained;
    expect(drainedAtMs).toBe(2 * batchMs);
  });

  it('drains when those who were queued have left', async () => {
    const { batcher, sendMany, clock } = createBatcherFixture();
    const controller = new AbortController();
    sendMany('a', 4, 0);
    await settleTurn();
    sendMany('b', 4, 10, { signal: controller.signal });
    const drained = batcher.drain().then(() => clock.monotonicMs());
    controller.abort();
    await clock.advance(batchMs);
    expect(await drained).toBe(batchMs);
  });

  it('refuses new images after close, and still answers those inside', async () => {
    const { batcher, send, sendMany, clock } = createBatcherFixture();
    const inside = sendMany('a', 6, 0);
    batcher.close();
    expect(batcher.stats().isClosed).toBe(true);
    expect(await send('b', 10).outcome).toMatchObject({ code: 'shutting-down', row: { status: 503 } });
    const drained = batcher.drain();
    await clock.advance(2 * batchMs);
    await drained;
    for (const sent of inside) expect(sent.settled()).toMatchObject({ value: { output: {} } });
  });

  it('does not wait for a window once closed', async () => {
    const { batcher, send, clock, encoder } = createBatcherFixture({ windowMs: 80, instances: 2 });
    send('a', 1);
    await clock.advance(1);
    send('b', 2);
    await settleTurn();
    expect(encoder.batches).toHaveLength(1);
    batcher.close();
    await settleTurn();
    expect(encoder.batches[1]).toMatchObject({ arrivedMs: 1 });
  });

  it('rejects when no output is asked for, and queues nothing', async () => {
    const { batcher, send } = createBatcherFixture();
    expect(await send('a', 1, { outputs: [] }).outcome).toMatchObject({ code: 'internal' });
    expect(batcher.stats().queuedImages).toBe(0);
  });
});
