import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '#src/domain/app-error.ts';
import type { OutputName } from '#src/domain/encoder-output.ts';
import { fixedDelayOutput } from '#test/support/fixed-delay-encoder.ts';
import { batchMs, createBatcherFixture, serialsOf, type Sent } from '#test/support/batcher-fixture.ts';
import { tinyModelInput } from '#test/support/tiny-model-input.ts';

const outputSets: readonly (readonly OutputName[])[] = [['cls'], ['patch_mean'], ['cls', 'patch_mean']];

/** A caller sends some images after a pause, and may go away later. */
const arrival = fc.record({
  caller: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
  model: fc.constantFrom('first', 'second'),
  outputs: fc.nat({ max: outputSets.length - 1 }),
  count: fc.integer({ min: 1, max: 12 }),
  pauseMs: fc.integer({ min: 0, max: 150 }),
  leavesAfterMs: fc.option(fc.integer({ min: 0, max: 400 }), { freq: 4, nil: undefined }),
});

const setup = fc.record({
  maxBatch: fc.integer({ min: 1, max: 6 }),
  instances: fc.integer({ min: 1, max: 3 }),
  windowMs: fc.constantFrom(0, 20),
});

interface Order {
  readonly caller: string;
  readonly model: string;
  readonly outputs: readonly OutputName[];
  readonly sent: Sent;
}

describe('whatever comes and goes', () => {
  it('each image is answered once with its own output or rejected as its caller left; batches are pure and in order', async () => {
    await fc.assert(
      fc.asyncProperty(setup, fc.array(arrival, { maxLength: 25 }), async (options, arrivals) => {
        const { clock, encoder, batcher, send } = createBatcherFixture(options);
        const orders: Order[] = [];
        for (const { caller, model, outputs, count, pauseMs, leavesAfterMs } of arrivals) {
          await clock.advance(pauseMs);
          const controller = new AbortController();
          const how = { modelName: model, outputs: outputSets[outputs]!, signal: controller.signal };
          for (let i = 0; i < count; i += 1) {
            const sent = send(caller, orders.length, how);
            orders.push({ caller, model, outputs: how.outputs, sent });
          }
          if (leavesAfterMs !== undefined) clock.after(leavesAfterMs, () => controller.abort());
        }
        // No starvation: all that was sent fits into so many batches, one after the other.
        await clock.advance((orders.length + 1) * batchMs + 1_000);

        const batchesOf = new Map<number, number>();
        encoder.batches.forEach((batch, index) => {
          expect(batch.inputs.length).toBeLessThanOrEqual(options.maxBatch);
          for (const serial of serialsOf(batch)) {
            expect(batchesOf.has(serial), 'sent once').toBe(false);
            batchesOf.set(serial, index);
            expect(orders[serial]).toMatchObject({ model: batch.modelName, outputs: batch.outputs });
          }
        });
        for (const { sent, outputs } of orders) {
          const settled = sent.settled()?.value;
          if (settled instanceof AppError) expect(settled.code).toBe('request-cancelled');
          else expect(settled?.output).toEqual(fixedDelayOutput(tinyModelInput(sent.serial), outputs));
        }
        // Order within a caller (and model and output set): what was sent first goes first.
        const lastOf = new Map<string, { batch: number; serial: number }>();
        encoder.batches.forEach((batch, index) => {
          for (const serial of serialsOf(batch)) {
            const line = `${orders[serial]!.caller} ${batch.modelName} ${batch.outputs.join()}`;
            expect(serial).toBeGreaterThan(lastOf.get(line)?.serial ?? -1);
            lastOf.set(line, { batch: index, serial });
          }
        });
        expect(batcher.stats()).toMatchObject({ queuedImages: 0, inFlightImages: 0, inFlightBatches: 0 });
        expect(clock.pendingTimers).toBe(0);
      }),
      { numRuns: 150 },
    );
  });

  it('an image never waits longer than its callers’ turns: one batch under way, then ⌈turns / batch size⌉', async () => {
    const bulk = fc.record({
      count: fc.integer({ min: 1, max: 60 }),
      pauseMs: fc.integer({ min: 0, max: 150 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(bulk, { maxLength: 12 }),
        fc.integer({ min: 1, max: 6 }),
        async (bulks, maxBatch) => {
          const { clock, send, sendMany } = createBatcherFixture({ maxBatch });
          for (const [i, { count, pauseMs }] of bulks.entries()) {
            sendMany(`bulk-${i}`, count, i * 100);
            await clock.advance(pauseMs);
          }
          const arrivedMs = clock.monotonicMs();
          const single = send('single', 10_000);
          await clock.advance(100 * batchMs);
          const waitedBatches = (single.settled()!.atMs - arrivedMs) / batchMs;
          expect(waitedBatches).toBeLessThanOrEqual(1 + Math.ceil((bulks.length + 1) / maxBatch));
        },
      ),
      { numRuns: 100 },
    );
  });
});
