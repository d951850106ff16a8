import { AppError } from '#src/domain/app-error.ts';
import type { CallContext } from '#src/domain/call-context.ts';
import type { Clock } from '#src/ports/clock.ts';
import type { BatchEncoder, ImageEncoder } from '#src/ports/encoder.ts';
import { createAbortWatch } from './abort-watch.ts';
import { createDrainRate, type DrainRate } from './drain-rate.ts';
import { createModelScheduler, type ModelScheduler } from './model-scheduler.ts';
import { sendBatch, type BatchOrder, type BatchReport } from './send-batch.ts';
import { createTicket } from './ticket.ts';

export interface BatchingEncoderOptions {
  readonly encoder: BatchEncoder;
  /** Images that one call of this model may hold. */
  readonly maxBatchSize: (modelName: string) => number;
  readonly clock: Clock;
  /** How long images may wait for more while other batches are under way and there is room; 0: never. */
  readonly windowMs: number;
  /** Images waiting over all models; one more is refused with `overloaded`. */
  readonly maxQueuedImages: number;
  /** Batches sent ahead per instance: 1 keeps the queue here, where it is fair and can be left; 2 hides the network's time. */
  readonly inFlightPerInstance?: number;
  /** Told of every batch that ended. Must not throw. */
  readonly onBatch?: (report: BatchReport) => void;
}

export interface BatcherStats {
  readonly queuedImages: number;
  readonly inFlightImages: number;
  readonly inFlightBatches: number;
  /** Measured drain rate, undefined before the first answered batch. */
  readonly imagesPerSecond: number | undefined;
  readonly isClosed: boolean;
}

export interface BatchingEncoder extends ImageEncoder {
  stats(): BatcherStats;
  /** Resolves when nothing is queued or under way; new images only delay it, so close first. */
  drain(): Promise<void>;
  /** New images get `shutting-down`; those inside are still served, without waiting for a window. */
  close(): void;
}

interface Flights {
  images: number;
  batches: number;
}

/**
 * Puts single images into batches for a BatchEncoder (docs/concepts/batching.md has the rules and their reasons).
 * `encode` rejects with what the encoder rejects with, and with `overloaded` (queue full, `retryAfterSeconds` measured),
 * `request-cancelled` or `deadline-exceeded` (at once when the caller's signal aborts), `shutting-down` (after `close`).
 */
export function createBatchingEncoder(options: BatchingEncoderOptions): BatchingEncoder {
  const { encoder, clock, maxBatchSize, maxQueuedImages } = options;
  const schedulers = new Map<string, ModelScheduler>();
  const watch = createAbortWatch();
  const drainRate = createDrainRate();
  const flights: Flights = { images: 0, batches: 0 };
  let drainWaiters: (() => void)[] = [];
  let isClosed = false;

  const queuedImages = (): number => schedulers.values().reduce((sum, { queuedImages: n }) => sum + n, 0);
  const isIdle = (): boolean => flights.batches === 0 && queuedImages() === 0;
  const send = createSend(options, flights, drainRate);

  const settleDrain = (): void => {
    if (!isIdle()) return;
    drainWaiters.forEach((resolve) => resolve());
    drainWaiters = [];
  };

  const schedulerOf = (modelName: string): ModelScheduler => {
    const known = schedulers.get(modelName);
    if (known) return known;
    const created = createModelScheduler({
      modelName,
      clock,
      windowMs: isClosed ? 0 : options.windowMs,
      maxInFlight: () => Math.max(1, encoder.capacity(modelName) * (options.inFlightPerInstance ?? 1)),
      send,
      onTurn: settleDrain,
    });
    schedulers.set(modelName, created);
    return created;
  };

  return {
    async encode(modelName, input, outputs, ctx) {
      if (isClosed) throw new AppError('shutting-down', 'The server is shutting down.');
      if (outputs.length === 0) throw new AppError('internal', 'No output was asked for.');
      refuseIfGone(ctx, clock.now());
      const queued = queuedImages();
      if (queued >= maxQueuedImages) throw overloaded(drainRate.secondsToDrain(queued));
      const limit = maxBatchSize(modelName);
      const ticket = createTicket(input, ctx, clock.monotonicMs(), watch);
      schedulerOf(modelName).enqueue(ticket, outputs, limit);
      return ticket.answer;
    },
    stats: () => ({
      queuedImages: queuedImages(),
      inFlightImages: flights.images,
      inFlightBatches: flights.batches,
      imagesPerSecond: drainRate.imagesPerSecond(),
      isClosed,
    }),
    drain: () =>
      new Promise((resolve) => {
        drainWaiters.push(resolve);
        settleDrain();
      }),
    close() {
      isClosed = true;
      for (const scheduler of schedulers.values()) scheduler.endWindows();
    },
  };
}

/** Sends a batch and keeps the books: what is under way, and the measured rate. */
function createSend(
  { encoder, clock, onBatch }: BatchingEncoderOptions,
  flights: Flights,
  drainRate: DrainRate,
): (order: BatchOrder) => Promise<void> {
  return async (order) => {
    if (flights.batches === 0) drainRate.busyFrom(clock.monotonicMs());
    flights.batches += 1;
    flights.images += order.tickets.length;
    const report = await sendBatch(encoder, clock, order);
    flights.batches -= 1;
    flights.images -= report.batchSize;
    drainRate.record(report.error ? 0 : report.batchSize, clock.monotonicMs());
    onBatch?.(report);
  };
}

function refuseIfGone(ctx: CallContext, nowMs: number): void {
  if (ctx.signal.aborted) throw AppError.from(ctx.signal.reason);
  if (ctx.deadlineMs <= nowMs)
    throw new AppError('deadline-exceeded', 'The deadline passed before the image was queued.');
}

function overloaded(retryAfterSeconds: number): AppError {
  return new AppError('overloaded', 'Too many images are waiting.', { retryAfterSeconds });
}
