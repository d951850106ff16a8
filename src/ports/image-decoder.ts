import type { CallContext } from '#src/domain/call-context.ts';
import type { DecodeLimits, ImageFrame } from '#src/domain/image-frame.ts';

/**
 * Turns hostile bytes into one ImageFrame. Implementations: the decoder itself, and the pool of watched child processes around it.
 * Rejects with AppError only: `unsupported-media-type`, `media-type-mismatch`, `image-too-large`, `undecodable-image`,
 * `overloaded`, `deadline-exceeded`, `request-cancelled`.
 */
export interface ImageDecoder {
  /** @param declaredType media type the client gave, if any; a type that disagrees with the bytes is a mismatch. */
  decode(
    bytes: Uint8Array,
    declaredType: string | undefined,
    limits: DecodeLimits,
    ctx: CallContext,
  ): Promise<ImageFrame>;
}
