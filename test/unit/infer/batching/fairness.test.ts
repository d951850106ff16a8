import { describe, expect, it } from 'vitest';
import { batchMs, createBatcherFixture, serialsOf, type Sent } from '#test/support/batcher-fixture.ts';

/** Whole batch times from `sinceMs` to the answer; alone at an idle encoder it is 1. */
const batchesUntil = (sent: Sent, sinceMs: number): number => {
  const settled = sent.settled();
  expect(settled, `image ${sent.serial} is answered`).toBeDefined();
  return (settled!.atMs - sinceMs) / batchMs;
};

describe('fairness between a bulk caller and single callers', () => {
  it('delays a single image by at most one batch behind a 1,000-image call', async () => {
    // At every phase of the batch that is under way: just begun, in the middle, about to end.
    for (const phaseMs of [0, 1, 50, 99]) {
      const { sendMany, send, clock } = createBatcherFixture({ maxBatch: 8 });
      sendMany('bulk', 1_000, 0);
      await clock.advance(3 * batchMs + phaseMs);
      const arrivedMs = clock.monotonicMs();
      const single = send('single', 5_000);
      await clock.advance(2 * batchMs);
      // The rest of the batch under way, then its own: below or at 2, where 1 is the time without the bulk call.
      expect(batchesUntil(single, arrivedMs)).toBeLessThanOrEqual(2);
      expect(batchesUntil(single, arrivedMs)).toBe(2 - phaseMs / batchMs);
    }
  });

  it('holds with several instances, and with another output set for the single image', async () => {
    const { sendMany, send, clock } = createBatcherFixture({ maxBatch: 8, instances: 3 });
    sendMany('bulk', 1_000, 0);
    await clock.advance(2 * batchMs + 10);
    const arrivedMs = clock.monotonicMs();
    const same = send('single', 5_000);
    const other = send('other', 5_001, { outputs: ['patch_tokens'] });
    await clock.advance(2 * batchMs);
    expect(batchesUntil(same, arrivedMs)).toBeLessThanOrEqual(2);
    expect(batchesUntil(other, arrivedMs)).toBeLessThanOrEqual(2);
  });

  it('serves every single caller that joins late in the next batch, as long as callers fit into one', async () => {
    const { sendMany, send, clock } = createBatcherFixture({ maxBatch: 4 });
    sendMany('bulk-1', 500, 0);
    sendMany('bulk-2', 500, 1_000);
    const singles: { sent: Sent; arrivedMs: number }[] = [];
    for (let i = 0; i < 20; i += 1) {
      await clock.advance(70);
      singles.push({ sent: send(`single-${i}`, 5_000 + i), arrivedMs: clock.monotonicMs() });
    }
    await clock.advance(2 * batchMs);
    for (const { sent, arrivedMs } of singles) expect(batchesUntil(sent, arrivedMs)).toBeLessThanOrEqual(2);
  });

  it('delays a single image behind c bulk callers by at most ⌈(c + 1) / batch size⌉ batches', async () => {
    const [maxBatch, bulkCallers] = [4, 11];
    const { sendMany, send, clock } = createBatcherFixture({ maxBatch });
    for (let c = 0; c < bulkCallers; c += 1) sendMany(`bulk-${c}`, 100, c * 1_000);
    await clock.advance(10 * batchMs);
    const arrivedMs = clock.monotonicMs();
    const single = send('single', 50_000);
    await clock.advance(10 * batchMs);
    // One under way, then three batches of 4 for 12 callers with one turn each: the single image is in the third.
    expect(batchesUntil(single, arrivedMs)).toBe(1 + Math.ceil((bulkCallers + 1) / maxBatch));
  });

  it('gives bulk callers equal shares and loses no throughput to fairness: every batch is full', async () => {
    const { encoder, sendMany, clock } = createBatcherFixture({ maxBatch: 4 });
    sendMany('first', 40, 0);
    await clock.advance(5 * batchMs - 1);
    sendMany('second', 40, 1_000);
    await clock.advance(5 * batchMs + 1);
    const late = encoder.batches.slice(5, 10).flatMap(serialsOf);
    expect(late).toHaveLength(20);
    expect(late.filter((serial) => serial >= 1_000)).toHaveLength(10);
    expect(encoder.batches.every((batch) => batch.inputs.length === 4)).toBe(true);
  });
});
