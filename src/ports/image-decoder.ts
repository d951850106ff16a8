import type { CallContext } from '#src/domain/call-context.ts';
import type { DecodeLimits, ImageFrame } from '#src/domain/image-frame.ts';

/**
 * Turns hostile bytes into one ImageFrame. Implementations: the decoder itself, and the ones that
 * tests put in its place to hang, grow or abort. It runs in a watched child process (docs/decisions/0005-image-decoding.md).
 * Rejects with AppError only: `unsupported-media-type`, `media-type-mismatch`, `image-too-large`, `payload-too-large`, `undecodable-image`,
 * `unusable-input` (no such page), `overloaded`, `deadline-exceeded`, `request-cancelled`.
 */
export interface ImageDecoder {
  /**
   * @param declaredType media type the client gave, if any; a type that disagrees with the bytes is a mismatch.
   * @param frameNumber page of a TIFF file, from 1; undefined: the first, with a note when there are more. Other formats give their first frame only.
   */
  decode(
    bytes: Uint8Array,
    declaredType: string | undefined,
    limits: DecodeLimits,
    ctx: CallContext,
    frameNumber?: number,
  ): Promise<ImageFrame>;
}
