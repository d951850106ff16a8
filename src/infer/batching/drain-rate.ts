/**
 * Memory of the estimate. Long against one batch (tens of milliseconds to a second), short against a
 * change of load or of the number of encoders, which a client waiting for a minute should see.
 */
const timeConstantMs = 5_000;

/** What is answered before anything was measured: no figure exists, so the shortest wait that is not a busy loop. */
export const defaultRetryAfterSeconds = 1;

/** A client that was told more than this may as well look again; after a stall the rate is briefly far too low. */
export const maxRetryAfterSeconds = 120;

/** Measures how fast images leave the encoder while it has work. Times are monotonic milliseconds. */
export interface DrainRate {
  /** Work begins after an idle time, which does not count. */
  busyFrom(nowMs: number): void;
  /** A batch ended. @param images how many of it were answered: 0 when it failed. */
  record(images: number, nowMs: number): void;
  /** Images per second, undefined before the first measurement. */
  imagesPerSecond(): number | undefined;
  /** Whole seconds until that many queued images will have been sent, at the measured rate. */
  secondsToDrain(queuedImages: number): number;
}

/**
 * Exponentially weighted mean of images per second over busy time, weighted by duration:
 * after a span dt the old estimate keeps the weight exp(−dt / τ). Batches that end at the same instant form one span.
 */
export function createDrainRate(): DrainRate {
  let rate: number | undefined;
  let spanStartMs = 0;
  let spanImages = 0;

  return {
    busyFrom(nowMs) {
      spanStartMs = nowMs;
      spanImages = 0;
    },
    record(images, nowMs) {
      spanImages += images;
      const spanMs = nowMs - spanStartMs;
      if (spanMs <= 0) return;
      const spanRate = (spanImages * 1000) / spanMs;
      const kept = Math.exp(-spanMs / timeConstantMs);
      // The first answered batch is the first estimate; failures before it measure nothing.
      if (rate !== undefined) rate = kept * rate + (1 - kept) * spanRate;
      else if (spanImages > 0) rate = spanRate;
      spanStartMs = nowMs;
      spanImages = 0;
    },
    imagesPerSecond: () => rate,
    secondsToDrain(queuedImages) {
      if (rate === undefined) return defaultRetryAfterSeconds;
      return Math.min(maxRetryAfterSeconds, Math.max(1, Math.ceil(queuedImages / rate)));
    },
  };
}
