import { describe, expect, it } from 'vitest';
import { AppError } from '#src/domain/app-error.ts';
import { defaultRetryAfterSeconds } from '#src/infer/batching/drain-rate.ts';
import { batchMs, createBatcherFixture } from '#test/support/batcher-fixture.ts';
import { settleTurn } from '#test/support/manual-clock.ts';

describe('the bounded queue', () => {
  it('refuses the image beyond its bound with overloaded, counting all models and output sets together', async () => {
    const { send, sendMany, batcher } = createBatcherFixture({ maxQueuedImages: 6 });
    sendMany('a', 4, 0, { modelName: 'first' });
    await settleTurn();
    sendMany('b', 4, 10, { modelName: 'second' });
    await settleTurn();
    sendMany('a', 3, 20, { modelName: 'first' });
    sendMany('b', 2, 30, { modelName: 'second' });
    sendMany('b', 1, 40, { modelName: 'second', outputs: ['patch_mean'] });
    const refused = send('c', 50, { modelName: 'third' });
    expect(await refused.outcome).toMatchObject({
      code: 'overloaded',
      row: { status: 503, retryable: true },
      retryAfterSeconds: defaultRetryAfterSeconds,
    });
    expect(batcher.stats()).toMatchObject({ queuedImages: 6, inFlightImages: 8 });
  });

  it('keeps serving what it accepted', async () => {
    const { sendMany, clock } = createBatcherFixture({ maxQueuedImages: 8 });
    const sent = sendMany('a', 12, 0);
    await clock.advance(3 * batchMs);
    const codes = sent.map((one) => (one.settled()?.value instanceof AppError ? 'refused' : 'answered'));
    expect(codes).toEqual([...Array<string>(8).fill('answered'), ...Array<string>(4).fill('refused')]);
  });

  it('tells a retry time after which the queue has in fact been sent', async () => {
    // 4 images per 2,500 ms: 1.6 images/s.
    const { send, sendMany, clock, batcher } = createBatcherFixture({ maxQueuedImages: 20, delayMs: 2_500 });
    sendMany('a', 4, 0);
    await settleTurn();
    sendMany('a', 16, 100);
    await clock.advance(2_500);
    expect(batcher.stats().imagesPerSecond).toBeCloseTo(1.6, 10);
    sendMany('a', 8, 200);
    await settleTurn();
    const refused = await send('b', 300).outcome;
    // 20 queued at 1.6/s: 12.5 s, told as 13.
    expect(refused).toMatchObject({ code: 'overloaded', retryAfterSeconds: 13 });
    await clock.advance(12_499);
    expect(batcher.stats().queuedImages).toBe(4);
    await clock.advance(501);
    expect(batcher.stats().queuedImages).toBe(0);
    const again = send('b', 301);
    await clock.advance(5_000);
    expect(again.settled()).toMatchObject({ value: { timing: { batchSize: 1 } } });
  });

  it('does not take fast failures for speed', async () => {
    const failure = new AppError('encoder-unavailable', 'The encoder is not available.');
    const { sendMany, clock, batcher } = createBatcherFixture({
      delayMs: 10,
      failWhen: ({ modelName }) => (modelName === 'down' ? failure : undefined),
    });
    sendMany('a', 4, 0);
    await clock.advance(1_000);
    const before = batcher.stats().imagesPerSecond!;
    sendMany('a', 400, 100, { modelName: 'down' });
    await clock.advance(1_000);
    expect(batcher.stats().imagesPerSecond).toBeLessThan(before);
  });
});
