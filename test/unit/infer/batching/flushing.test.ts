import { describe, expect, it } from 'vitest';
import { AppError } from '#src/domain/app-error.ts';
import { fixedDelayOutput } from '#test/support/fixed-delay-encoder.ts';
import { batchMs, createBatcherFixture, serialsOf } from '#test/support/batcher-fixture.ts';
import { settleTurn } from '#test/support/manual-clock.ts';
import { tinyModelInput } from '#test/support/tiny-model-input.ts';

describe('when a batch goes', () => {
  it('sends a single image at once when the encoder is idle, window or not', async () => {
    for (const windowMs of [0, 50]) {
      const { encoder, send, clock } = createBatcherFixture({ windowMs });
      const { outcome } = send('a', 1);
      await settleTurn();
      expect(encoder.batches.map(serialsOf)).toEqual([[1]]);
      expect(clock.monotonicMs()).toBe(0);
      await clock.advance(batchMs);
      expect(await outcome).toEqual({
        output: fixedDelayOutput(tinyModelInput(1), ['cls']),
        timing: { queueMs: 0, inferMs: batchMs, batchSize: 1 },
      });
    }
  });

  it('puts images that come in the same turn of the event loop into one batch', async () => {
    const { encoder, send } = createBatcherFixture();
    send('a', 1);
    send('b', 2);
    send('c', 3);
    await settleTurn();
    expect(encoder.batches.map(serialsOf)).toEqual([[1, 2, 3]]);
  });

  it('gathers images while the encoder is busy and sends what there is when a batch ends', async () => {
    const { encoder, send, clock } = createBatcherFixture();
    send('a', 1);
    await clock.advance(30);
    const second = send('b', 2);
    await clock.advance(30);
    send('c', 3);
    await clock.advance(39);
    expect(encoder.batches).toHaveLength(1);
    await clock.advance(1);
    expect(encoder.batches.map(serialsOf)).toEqual([[1], [2, 3]]);
    await clock.advance(batchMs);
    expect(await second.outcome).toMatchObject({ timing: { queueMs: 70, inferMs: batchMs, batchSize: 2 } });
  });

  it('never sends more than the model allows in one batch', async () => {
    const { encoder, sendMany, clock } = createBatcherFixture({ maxBatch: 4 });
    sendMany('a', 10, 0);
    await clock.advance(3 * batchMs);
    expect(encoder.batches.map((batch) => batch.inputs.length)).toEqual([4, 4, 2]);
  });

  it('has as many batches under way as the encoder has instances, and in-flight per instance times more', async () => {
    for (const [instances, inFlightPerInstance, expected] of [
      [1, 1, 1],
      [3, 1, 3],
      [2, 2, 4],
    ] as const) {
      const { encoder, batcher, sendMany } = createBatcherFixture({
        instances,
        inFlightPerInstance,
        maxBatch: 2,
      });
      sendMany('a', 100, 0);
      await settleTurn();
      expect(encoder.batches).toHaveLength(expected);
      expect(batcher.stats()).toMatchObject({
        inFlightBatches: expected,
        inFlightImages: 2 * expected,
        queuedImages: 100 - 2 * expected,
      });
    }
  });

  it('shares the room of a model among its output sets, which take turns', async () => {
    const { encoder, sendMany, clock } = createBatcherFixture({ maxBatch: 2 });
    sendMany('a', 4, 0, { outputs: ['cls'] });
    sendMany('a', 4, 10, { outputs: ['cls', 'patch_mean'] });
    await settleTurn();
    expect(encoder.batches).toHaveLength(1);
    await clock.advance(4 * batchMs);
    expect(encoder.batches.map((batch) => [batch.outputs.join('+'), ...serialsOf(batch)])).toEqual([
      ['cls', 0, 1],
      ['cls+patch_mean', 10, 11],
      ['cls', 2, 3],
      ['cls+patch_mean', 12, 13],
    ]);
  });

  it('treats the same outputs in another order as the same set', async () => {
    const { encoder, send } = createBatcherFixture();
    send('a', 1, { outputs: ['patch_mean', 'cls'] });
    send('b', 2, { outputs: ['cls', 'patch_mean'] });
    await settleTurn();
    expect(encoder.batches.map((batch) => batch.outputs)).toEqual([['cls', 'patch_mean']]);
  });

  it('keeps models apart: the busy one does not hold up the other', async () => {
    const { encoder, sendMany } = createBatcherFixture({ maxBatch: 2 });
    sendMany('a', 4, 0, { modelName: 'first' });
    sendMany('a', 4, 10, { modelName: 'second' });
    await settleTurn();
    expect(encoder.batches.map((batch) => [batch.modelName, ...serialsOf(batch)])).toEqual([
      ['first', 0, 1],
      ['second', 10, 11],
    ]);
  });
});

describe('the window', () => {
  it('makes images wait for more while other batches are under way and there is room', async () => {
    const { encoder, send, clock } = createBatcherFixture({ windowMs: 20, instances: 2 });
    send('a', 1);
    await clock.advance(1);
    send('b', 2);
    await clock.advance(15);
    send('c', 3);
    await clock.advance(4);
    expect(encoder.batches).toHaveLength(1);
    await clock.advance(1);
    expect(encoder.batches.map(serialsOf)).toEqual([[1], [2, 3]]);
    expect(encoder.batches[1]!.arrivedMs).toBe(21);
  });

  it('ends at once when the batch is full', async () => {
    const { encoder, send, sendMany, clock } = createBatcherFixture({
      windowMs: 20,
      instances: 2,
      maxBatch: 4,
    });
    send('a', 1);
    await clock.advance(1);
    sendMany('b', 4, 10);
    await settleTurn();
    expect(encoder.batches[1]).toMatchObject({ arrivedMs: 1 });
    expect(serialsOf(encoder.batches[1])).toEqual([10, 11, 12, 13]);
  });

  it('ends at once when the encoder becomes idle', async () => {
    const { encoder, send, clock } = createBatcherFixture({ windowMs: 80, instances: 2 });
    send('a', 1);
    await clock.advance(90);
    send('b', 2);
    await clock.advance(10);
    expect(encoder.batches[1]).toMatchObject({ arrivedMs: 100 });
  });

  it('leaves no timer behind, whether it ended by itself, by a full batch or because its image left', async () => {
    const { send, clock, batcher } = createBatcherFixture({ windowMs: 20, instances: 2 });
    const controller = new AbortController();
    send('a', 1);
    await clock.advance(1);
    send('b', 2, { signal: controller.signal });
    await settleTurn();
    expect(clock.pendingTimers).toBe(2);
    controller.abort();
    await settleTurn();
    expect(clock.pendingTimers).toBe(1);
    send('c', 3);
    await clock.advance(500);
    expect(clock.pendingTimers).toBe(0);
    expect(batcher.stats()).toMatchObject({ queuedImages: 0, inFlightImages: 0, inFlightBatches: 0 });
  });
});

describe('what a batch carries', () => {
  it('has the latest deadline of its members, and the request id and trace of its first', async () => {
    const { encoder, send, clock } = createBatcherFixture();
    const nowMs = clock.now();
    send('a', 1, { deadlineMs: nowMs + 500, traceparent: '00-aa-bb-01' });
    send('b', 2, { deadlineMs: nowMs + 900, traceparent: '00-cc-dd-01' });
    send('c', 3, { deadlineMs: nowMs + 700 });
    await settleTurn();
    expect(encoder.batches[0]).toMatchObject({
      deadlineMs: nowMs + 900,
      requestId: 'a',
      traceparent: '00-aa-bb-01',
    });
  });

  it('gives a failure of the batch to each member, once, without trying again', async () => {
    const failure = new AppError('encoder-protocol-error', 'The encoder answered with a wrong shape.');
    const { encoder, sendMany, clock, reports } = createBatcherFixture({
      failWhen: ({ inputs }) => (inputs.length > 1 ? failure : undefined),
    });
    const sent = sendMany('a', 3, 0);
    await clock.advance(batchMs);
    expect(await Promise.all(sent.map(({ outcome }) => outcome))).toEqual([failure, failure, failure]);
    await clock.advance(10 * batchMs);
    expect(encoder.batches).toHaveLength(1);
    expect(reports).toMatchObject([{ batchSize: 3, error: { code: 'encoder-protocol-error' } }]);
  });

  it('reports each batch with its size, callers, longest wait and time', async () => {
    const { send, clock, reports } = createBatcherFixture();
    send('a', 1);
    await clock.advance(40);
    send('b', 2);
    await clock.advance(10);
    send('b', 3);
    send('c', 4);
    await clock.advance(2 * batchMs);
    expect(reports).toEqual([
      {
        modelName: 'model',
        outputs: ['cls'],
        batchSize: 1,
        callers: 1,
        queueMsMax: 0,
        inferMs: 100,
        error: undefined,
      },
      {
        modelName: 'model',
        outputs: ['cls'],
        batchSize: 3,
        callers: 2,
        queueMsMax: 60,
        inferMs: 100,
        error: undefined,
      },
    ]);
  });
});
