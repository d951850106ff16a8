import { describe, expect, it } from 'vitest';
import { AppError } from '#src/domain/app-error.ts';
import { abortListeners } from '#test/support/listener-count.ts';
import { batchMs, createBatcherFixture, serialsOf } from '#test/support/batcher-fixture.ts';
import { settleTurn } from '#test/support/manual-clock.ts';

const timeout = (): Error => new DOMException('late', 'TimeoutError');

describe('callers who go away while queued', () => {
  it.each([
    ['request-cancelled', undefined],
    ['deadline-exceeded', timeout()],
    ['shutting-down', new AppError('shutting-down', 'The server is shutting down.')],
  ])('are rejected at once with %s, and never sent', async (code, reason) => {
    const { encoder, send, sendMany, clock } = createBatcherFixture();
    sendMany('busy', 4, 0);
    await settleTurn();
    const controller = new AbortController();
    const leaving = send('leaver', 10, { signal: controller.signal });
    send('stays', 11);
    await settleTurn();
    controller.abort(reason);
    await settleTurn();
    expect(leaving.settled()).toMatchObject({ value: { code }, atMs: 0 });
    await clock.advance(2 * batchMs);
    expect(encoder.batches.map(serialsOf)).toEqual([[0, 1, 2, 3], [11]]);
  });

  it('free their places in the queue', async () => {
    const { send, sendMany, clock, batcher } = createBatcherFixture({ maxQueuedImages: 3 });
    sendMany('busy', 4, 0);
    await settleTurn();
    const controller = new AbortController();
    sendMany('leaver', 3, 10, { signal: controller.signal });
    await settleTurn();
    expect(await send('late', 20).outcome).toMatchObject({ code: 'overloaded' });
    controller.abort();
    expect(batcher.stats().queuedImages).toBe(0);
    const late = send('late', 21);
    await clock.advance(2 * batchMs);
    expect(late.settled()).toMatchObject({ value: { timing: { batchSize: 1 } } });
  });

  it('are rejected before they are queued when they have gone already', async () => {
    const { encoder, send, clock } = createBatcherFixture();
    expect(await send('a', 1, { signal: AbortSignal.abort() }).outcome).toMatchObject({
      code: 'request-cancelled',
    });
    expect(await send('a', 2, { signal: AbortSignal.abort(timeout()) }).outcome).toMatchObject({
      code: 'deadline-exceeded',
    });
    expect(await send('a', 3, { deadlineMs: clock.now() }).outcome).toMatchObject({
      code: 'deadline-exceeded',
    });
    await clock.advance(batchMs);
    expect(encoder.batches).toEqual([]);
  });

  it('are dropped when a batch is composed after their deadline, even if no signal said so', async () => {
    const { encoder, send, sendMany, clock } = createBatcherFixture();
    sendMany('busy', 4, 0);
    await settleTurn();
    const late = sendMany('late', 4, 10, { deadlineMs: clock.now() + 60 });
    const inTime = send('in-time', 20, { deadlineMs: clock.now() + 200 });
    await clock.advance(2 * batchMs);
    for (const { outcome } of late) expect(await outcome).toMatchObject({ code: 'deadline-exceeded' });
    expect(await inTime.outcome).toMatchObject({ timing: { batchSize: 1 } });
    expect(encoder.batches.map(serialsOf)).toEqual([[0, 1, 2, 3], [20]]);
  });
});

describe('callers who go away while their batch is under way', () => {
  it('are released at their own abort; the batch goes on for the others', async () => {
    const { encoder, send, clock } = createBatcherFixture();
    const controller = new AbortController();
    const leaving = send('leaver', 1, { signal: controller.signal });
    const staying = send('stays', 2);
    await clock.advance(30);
    controller.abort(timeout());
    await settleTurn();
    expect(leaving.settled()).toMatchObject({ value: { code: 'deadline-exceeded' }, atMs: 30 });
    expect(encoder.batches[0]!.signal.aborted).toBe(false);
    await clock.advance(70);
    expect(staying.settled()).toMatchObject({ value: { timing: { batchSize: 2 } }, atMs: batchMs });
  });

  it('cancel the call when the last of them has gone, and the room is free for the next batch', async () => {
    const { encoder, send, clock, batcher, reports } = createBatcherFixture();
    const [first, second] = [new AbortController(), new AbortController()];
    send('a', 1, { signal: first.signal });
    send('b', 2, { signal: second.signal });
    await clock.advance(10);
    const waiting = send('c', 3);
    first.abort();
    await settleTurn();
    expect(encoder.batches[0]!.signal.aborted).toBe(false);
    second.abort(timeout());
    await settleTurn();
    expect(encoder.batches[0]!.signal.aborted).toBe(true);
    expect(AppError.from(encoder.batches[0]!.signal.reason).code).toBe('deadline-exceeded');
    expect(reports).toMatchObject([{ batchSize: 2, error: { code: 'deadline-exceeded' } }]);
    expect(batcher.stats()).toMatchObject({ inFlightBatches: 1, inFlightImages: 1 });
    await clock.advance(2 * batchMs);
    expect(waiting.settled()).toMatchObject({ value: { timing: { batchSize: 1 } } });
  });

  it('cancel the call when one signal holds all members', async () => {
    const { encoder, sendMany } = createBatcherFixture();
    const controller = new AbortController();
    const sent = sendMany('bulk', 100, 0, { signal: controller.signal });
    await settleTurn();
    controller.abort();
    for (const { outcome } of sent) expect(await outcome).toMatchObject({ code: 'request-cancelled' });
    expect(encoder.batches).toHaveLength(1);
    expect(encoder.batches[0]!.signal.aborted).toBe(true);
  });
});

describe('what callers leave behind', () => {
  it('is no listener on their signals, however their images ended', async () => {
    const failure = new AppError('internal', 'An unexpected error occurred.');
    const { send, sendMany, clock } = createBatcherFixture({
      maxQueuedImages: 50,
      failWhen: ({ modelName }) => (modelName === 'broken' ? failure : undefined),
    });
    const answered = new AbortController();
    const failed = new AbortController();
    const refused = new AbortController();
    const late = new AbortController();
    sendMany('answered', 20, 0, { signal: answered.signal });
    sendMany('failed', 3, 100, { signal: failed.signal, modelName: 'broken' });
    send('late', 200, { signal: late.signal, deadlineMs: clock.now() + 1 });
    sendMany('refused', 60, 300, { signal: refused.signal });
    expect(abortListeners(answered.signal)).toBe(1);
    await clock.advance(50 * batchMs);
    expect([answered, failed, refused, late].map(({ signal }) => abortListeners(signal))).toEqual([
      0, 0, 0, 0,
    ]);
    expect(clock.pendingTimers).toBe(0);
  });
});
