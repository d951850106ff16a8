import { AppError } from '#src/domain/app-error.ts';
import type { CallContext } from '#src/domain/call-context.ts';
import type { ModelInput } from '#src/domain/model-input.ts';
import type { EncodedImage } from '#src/ports/encoder.ts';
import type { AbortWatch } from './abort-watch.ts';

/** One image on its way through the batcher, and the promise its caller holds. It is settled once; later attempts do nothing. */
export interface Ticket {
  readonly input: ModelInput;
  readonly ctx: CallContext;
  /** Monotonic ms. */
  readonly enqueuedMs: number;
  readonly answer: Promise<EncodedImage>;
  resolve(image: EncodedImage): void;
  reject(err: AppError): void;
  /** Says what must happen if the caller goes away at the present stage; replaces what was said for the stage before. */
  whenGone(release: () => void): void;
}

/** Makes a ticket that rejects by itself, at once, when the caller's signal aborts. */
export function createTicket(
  input: ModelInput,
  ctx: CallContext,
  enqueuedMs: number,
  watch: AbortWatch,
): Ticket {
  const { promise, resolve, reject } = Promise.withResolvers<EncodedImage>();
  let release: () => void = () => undefined;
  const endWatch = watch(ctx.signal, () => {
    endWatch();
    reject(AppError.from(ctx.signal.reason));
    release();
  });

  return {
    input,
    ctx,
    enqueuedMs,
    answer: promise,
    resolve(image) {
      endWatch();
      resolve(image);
    },
    reject(err) {
      endWatch();
      reject(err);
    },
    whenGone(next) {
      release = next;
    },
  };
}
