import type { Clock } from '#src/ports/clock.ts';
import type { ImageDecoder } from '#src/ports/image-decoder.ts';
import type { ImagePreparer } from '#src/ports/image-preparer.ts';
import { parseWindow } from '#src/preprocess/parse-window.ts';
import { preprocessImage } from '#src/preprocess/preprocess-image.ts';

/** Decode and preprocess in this thread: what a prepare child does, and what tests use. */
export function createDirectPreparer(decoder: ImageDecoder, clock: Clock): ImagePreparer {
  return {
    async prepare(request, ctx) {
      const window = parseWindow(request.window);
      const started = clock.monotonicMs();
      const { bytes, declaredType, limits, frameNumber } = request;
      const frame = await decoder.decode(bytes, declaredType, limits, ctx, frameNumber);
      const decoded = clock.monotonicMs();
      const prepared = preprocessImage(frame, request.spec, { resize: request.resize, window });
      return {
        inputs: prepared.inputs,
        source: {
          format: frame.format,
          rows: frame.rows,
          columns: frame.columns,
          samplesPerPixel: frame.samplesPerPixel,
          bitsStored: frame.bitsStored,
          pixelRepresentation: frame.pixelRepresentation,
          photometricInterpretation: frame.photometricInterpretation,
          exifOrientation: frame.exifOrientation,
          window: prepared.windowApplied,
          notes: prepared.notes,
        },
        advisories: prepared.advisories,
        decodeMs: decoded - started,
        preprocessMs: clock.monotonicMs() - decoded,
      };
    },
  };
}
