import { AppError } from '#src/domain/app-error.ts';
import type { CallContext } from '#src/domain/call-context.ts';
import type { OutputName } from '#src/domain/encoder-output.ts';
import type { ResizeMode } from '#src/domain/geometry.ts';
import type { DecodeLimits } from '#src/domain/image-frame.ts';
import type { ModelSpec } from '#src/domain/model-spec.ts';
import type { Clock } from '#src/ports/clock.ts';
import type { EncodedImage, ImageEncoder } from '#src/ports/encoder.ts';
import type { ImagePreparer, PreparedImage } from '#src/ports/image-preparer.ts';
import type { StageTimings } from '#src/telemetry/stage-timings.ts';
import type { FrameReference } from './item-result.ts';

export interface EncodeImageDeps {
  readonly preparer: ImagePreparer;
  readonly encoder: ImageEncoder;
  readonly clock: Clock;
  readonly limits: DecodeLimits;
}

/** An uploaded file and how it shall be brought to the model's input. */
export interface EncodeFile {
  readonly bytes: Uint8Array;
  readonly declaredType: string | undefined;
  readonly resize: ResizeMode;
  readonly window: string;
  readonly frame?: FrameReference | undefined;
  readonly extract?: (() => Promise<Uint8Array>) | undefined;
}

/** Says of which frame an error speaks, where a file has several: a failed item carries no source. */
function inFrame({ frameNumber, frameCount }: FrameReference, thrown: unknown): AppError {
  const error = AppError.from(thrown);
  if (frameCount === 1) return error;
  const { code, detail, faults, retryAfterSeconds, cause } = error;
  const wait = retryAfterSeconds === undefined ? {} : { retryAfterSeconds };
  return new AppError(code, `Frame ${frameNumber}: ${detail}`, { faults, cause, ...wait });
}

/** The file, or the frame of it that is asked for, prepared; its source then says which frame of which file it was. */
async function prepareFile(
  deps: EncodeImageDeps,
  spec: ModelSpec,
  { frame, extract, ...file }: EncodeFile,
  ctx: CallContext,
): Promise<PreparedImage> {
  const request = { ...file, spec, limits: deps.limits };
  if (frame === undefined) return deps.preparer.prepare(request, ctx);
  try {
    // A page of its own travels to the decoder, not the file once for each page.
    const page = await extract?.();
    if (ctx.signal.aborted) throw AppError.from(ctx.signal.reason);
    const own = page === undefined ? { frameNumber: frame.frameNumber } : { bytes: page, frameNumber: 1 };
    const prepared = await deps.preparer.prepare({ ...request, ...own }, ctx);
    return { ...prepared, source: { ...prepared.source, ...frame } };
  } catch (thrown) {
    throw inFrame(frame, thrown);
  }
}

/**
 * Bytes → model inputs → the outputs asked for, one `encoded` per `prepared.inputs`. Every analysis begins with this.
 * @param onPrepared told of the prepared image before anything is encoded; may throw to refuse it.
 */
export async function prepareAndEncode(
  deps: EncodeImageDeps,
  spec: ModelSpec,
  file: EncodeFile,
  outputs: readonly OutputName[],
  timings: StageTimings,
  ctx: CallContext,
  onPrepared: (prepared: PreparedImage) => void = () => undefined,
): Promise<{ readonly prepared: PreparedImage; readonly encoded: readonly EncodedImage[] }> {
  const prepared = await prepareFile(deps, spec, file, ctx);
  timings.record('decode', prepared.decodeMs);
  timings.record('preprocess', prepared.preprocessMs);
  onPrepared(prepared);
  const encoded = await Promise.all(
    prepared.inputs.map((input) => deps.encoder.encode(spec.name, input, outputs, ctx)),
  );
  for (const { timing } of encoded) {
    timings.record('queue', timing.queueMs);
    timings.record('infer', timing.inferMs);
  }
  return { prepared, encoded };
}
