import type { AppError } from '#src/domain/app-error.ts';
import type { CallContext } from '#src/domain/call-context.ts';
import type { OutputName } from '#src/domain/encoder-output.ts';
import {
  createBatchingEncoder,
  type BatchingEncoder,
  type BatchingEncoderOptions,
} from '#src/infer/batching/create-batching-encoder.ts';
import type { BatchReport } from '#src/infer/batching/send-batch.ts';
import type { EncodedImage } from '#src/ports/encoder.ts';
import {
  createFixedDelayEncoder,
  type FixedDelayEncoder,
  type FixedDelayEncoderOptions,
  type RecordedBatch,
} from './fixed-delay-encoder.ts';
import { createManualClock, type ManualClock } from './manual-clock.ts';
import { serialOf, tinyModelInput } from './tiny-model-input.ts';

/** One encoder instance takes this long for a batch of any size: times below are whole batches. */
export const batchMs = 100;

export interface Sent {
  readonly serial: number;
  /** Resolves to what happened, so that a rejection is a value and never unhandled. */
  readonly outcome: Promise<EncodedImage | AppError>;
  /** Undefined while nothing happened. */
  readonly settled: () => { readonly value: EncodedImage | AppError; readonly atMs: number } | undefined;
}

export interface SendOptions {
  readonly modelName?: string;
  readonly outputs?: readonly OutputName[];
  readonly signal?: AbortSignal;
  readonly deadlineMs?: number;
  readonly traceparent?: string;
}

export interface BatcherFixture {
  readonly clock: ManualClock;
  readonly encoder: FixedDelayEncoder;
  readonly batcher: BatchingEncoder;
  readonly reports: readonly BatchReport[];
  readonly send: (callerId: string, serial: number, options?: SendOptions) => Sent;
  readonly sendMany: (callerId: string, count: number, firstSerial: number, options?: SendOptions) => Sent[];
}

type FixtureOptions = Partial<Omit<FixedDelayEncoderOptions, 'clock'>> &
  Partial<Omit<BatchingEncoderOptions, 'encoder' | 'clock' | 'maxBatchSize'>> & { maxBatch?: number };

/** A batcher over a fixed-delay encoder on a clock that stands still. Defaults: batches of 4, one instance, no window. */
export function createBatcherFixture(options: FixtureOptions = {}): BatcherFixture {
  const clock = createManualClock();
  const reports: BatchReport[] = [];
  const { maxBatch = 4, delayMs = batchMs, instances, failWhen, ...rest } = options;
  const encoder = createFixedDelayEncoder({
    clock,
    delayMs,
    ...(instances !== undefined && { instances }),
    ...(failWhen && { failWhen }),
  });
  const batcher = createBatchingEncoder({
    windowMs: 0,
    maxQueuedImages: 10_000,
    onBatch: (report) => reports.push(report),
    ...rest,
    encoder,
    clock,
    maxBatchSize: () => maxBatch,
  });

  const send = (callerId: string, serial: number, how: SendOptions = {}): Sent => {
    const ctx: CallContext = {
      signal: how.signal ?? new AbortController().signal,
      deadlineMs: how.deadlineMs ?? clock.now() + 1_000_000,
      requestId: callerId,
      ...(how.traceparent !== undefined && { traceparent: how.traceparent }),
    };
    let settled: ReturnType<Sent['settled']>;
    const outcome = batcher
      .encode(how.modelName ?? 'model', tinyModelInput(serial), how.outputs ?? ['cls'], ctx)
      .catch((err: unknown) => err as AppError)
      .then((value) => {
        settled = { value, atMs: clock.monotonicMs() };
        return value;
      });
    return { serial, outcome, settled: () => settled };
  };

  return {
    clock,
    encoder,
    batcher,
    reports,
    send,
    sendMany: (callerId, count, firstSerial, how) =>
      Array.from({ length: count }, (_, i) => send(callerId, firstSerial + i, how)),
  };
}

/** The serials of a recorded batch, in order. */
export function serialsOf(batch: RecordedBatch | undefined): number[] {
  return batch?.inputs.map(serialOf) ?? [];
}
