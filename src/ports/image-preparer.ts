import type { Advisory } from '#src/domain/advisory.ts';
import type { CallContext } from '#src/domain/call-context.ts';
import type { ResizeMode } from '#src/domain/geometry.ts';
import type {
  DecodeLimits,
  ImageFormat,
  PhotometricInterpretation,
  PixelRepresentation,
} from '#src/domain/image-frame.ts';
import type { ModelInput } from '#src/domain/model-input.ts';
import type { ModelSpec } from '#src/domain/model-spec.ts';

/** One uploaded file and how it shall become model inputs. */
export interface PrepareRequest {
  readonly bytes: Uint8Array;
  /** Media type the client declared, if any. */
  readonly declaredType: string | undefined;
  readonly spec: ModelSpec;
  readonly resize: ResizeMode;
  /** The `window` option as text: `full`, `auto` or `center,width` in stored values. */
  readonly window: string;
  readonly limits: DecodeLimits;
  /** Page of a TIFF file, from 1; undefined: the first, with a note that there are more. */
  readonly frameNumber?: number | undefined;
}

/** What the source image was; part of the reply, so that a reader can judge the result. */
export interface SourceDescription {
  readonly format: ImageFormat;
  readonly rows: number;
  readonly columns: number;
  readonly samplesPerPixel: number;
  readonly bitsStored: number;
  readonly pixelRepresentation: PixelRepresentation;
  readonly photometricInterpretation: PhotometricInterpretation;
  readonly exifOrientation: number;
  /** The mapping from stored values to 8 bits that was applied: `low` became 0 and `high` became 255. */
  readonly window: { readonly kind: 'full' | 'auto' | 'linear'; readonly low: number; readonly high: number };
  readonly notes: readonly string[];
  /** Where frames were asked for: place of the file in the request, number of the frame from 1, and how many the file has. */
  readonly fileIndex?: number;
  readonly frameNumber?: number;
  readonly frameCount?: number;
}

export interface PreparedImage {
  /** One input, or one per tile when the resize mode is `tile`. */
  readonly inputs: readonly ModelInput[];
  readonly source: SourceDescription;
  readonly advisories: readonly Advisory[];
  readonly decodeMs: number;
  readonly preprocessMs: number;
}

/**
 * Bytes → model inputs: decode and preprocess in one place, so that full-size pixels never travel.
 * Implementations: in this thread (tests, the child itself), and the pool of watched child processes.
 * Rejects with AppError only.
 */
export interface ImagePreparer {
  prepare(request: PrepareRequest, ctx: CallContext): Promise<PreparedImage>;
}
