import { AppError } from '#src/domain/app-error.ts';
import type { EncoderOutput, OutputName } from '#src/domain/encoder-output.ts';
import type { ModelInput } from '#src/domain/model-input.ts';
import type { Clock } from '#src/ports/clock.ts';
import type { BatchEncoder, EncodeBatch } from '#src/ports/encoder.ts';

/** What the encoder saw, in order of arrival. Times are monotonic ms of its clock. */
export interface RecordedBatch extends EncodeBatch {
  readonly requestId: string;
  readonly deadlineMs: number;
  readonly traceparent: string | undefined;
  readonly signal: AbortSignal;
  readonly arrivedMs: number;
  /** When an instance begins to work on it; later than arrival when all are busy. */
  readonly startMs: number;
  readonly finishMs: number;
}

export interface FixedDelayEncoderOptions {
  readonly clock: Clock;
  /** How long an instance works on one batch, whatever its size. */
  readonly delayMs: number;
  /** Batches worked on at the same time; more wait their turn inside the encoder. */
  readonly instances?: number;
  readonly dimension?: number;
  readonly patchCount?: number;
  /** Makes a batch fail at the end of its delay. */
  readonly failWhen?: (batch: EncodeBatch) => AppError | undefined;
}

export interface FixedDelayEncoder extends BatchEncoder {
  readonly batches: readonly RecordedBatch[];
}

/** FNV-1a over the pixels: another pixel, another output, so that a mix-up of images is seen. */
function hashPixels(pixels: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of pixels) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

function spread(seed: number, length: number): Float32Array {
  return Float32Array.from(
    { length },
    (_, i) => (Math.imul(seed ^ (i + 1), 0x9e3779b1) >>> 0) / 2 ** 32 - 0.5,
  );
}

/** The output that the fixed-delay encoder gives for an input: a function of its pixels alone. */
export function fixedDelayOutput(
  input: ModelInput,
  outputs: readonly OutputName[],
  dimension = 8,
  patchCount = 4,
): EncoderOutput {
  const hash = hashPixels(input.pixels);
  return {
    ...(outputs.includes('cls') && { clsToken: spread(hash, dimension) }),
    ...(outputs.includes('patch_mean') && { patchMean: spread(hash ^ 0x5bd1e995, dimension) }),
    // Positive normal halves, so that whoever decodes them meets finite numbers.
    ...(outputs.includes('patch_tokens') && {
      patchTokens: Uint16Array.from(
        { length: patchCount * dimension },
        (_, i) => 0x3000 + ((hash + i) & 0xfff),
      ),
    }),
  };
}

/** A BatchEncoder that takes a fixed time per batch on the given clock and answers from the pixels alone. */
export function createFixedDelayEncoder(options: FixedDelayEncoderOptions): FixedDelayEncoder {
  const { clock, delayMs, dimension, patchCount, failWhen } = options;
  const freeAtMs = new Array<number>(options.instances ?? 1).fill(-Infinity);
  const batches: RecordedBatch[] = [];

  return {
    batches,
    capacity: () => freeAtMs.length,
    encodeBatch(batch, ctx) {
      const arrivedMs = clock.monotonicMs();
      const instance = freeAtMs.indexOf(Math.min(...freeAtMs));
      const startMs = Math.max(arrivedMs, freeAtMs[instance]!);
      const finishMs = startMs + delayMs;
      freeAtMs[instance] = finishMs;
      const { requestId, deadlineMs, traceparent, signal } = ctx;
      batches.push({ ...batch, requestId, deadlineMs, traceparent, signal, arrivedMs, startMs, finishMs });

      return new Promise((resolve, reject) => {
        const onAbort = (): void => {
          cancelTimer();
          reject(AppError.from(signal.reason));
        };
        const cancelTimer = clock.after(finishMs - arrivedMs, () => {
          signal.removeEventListener('abort', onAbort);
          const failure = failWhen?.(batch);
          if (failure) reject(failure);
          else
            resolve(
              batch.inputs.map((input) => fixedDelayOutput(input, batch.outputs, dimension, patchCount)),
            );
        });
        signal.addEventListener('abort', onAbort, { once: true });
      });
    },
  };
}
