import type { ImageFrame } from '#src/domain/image-frame.ts';
import { applyExifOrientation } from '#src/imaging/apply-exif-orientation.ts';
import type { ImageDecoder } from '#src/ports/image-decoder.ts';
import { decodeJpegLossless } from './decode-jpeg-lossless.ts';
import { decodeJpegLossy } from './decode-jpeg-lossy.ts';
import { decodeNotes } from './decode-notes.ts';
import { decodePng } from './decode-png.ts';
import { decodeWebp } from './decode-webp.ts';
import type { ImageHeader } from './image-header.ts';
import { inspectImage } from './inspect-image.ts';
import { throwIfAborted } from './throw-if-aborted.ts';
import { unsupported } from './undecodable.ts';

async function decodeSamples(bytes: Uint8Array, header: ImageHeader): Promise<Uint8Array | Uint16Array> {
  if (header.format === 'png') return await decodePng(bytes, header);
  if (header.format === 'webp') return await decodeWebp(bytes, header);
  if (header.process === 'lossless') {
    // T.81 leaves the colours of this process open; every producer known here stores RGB as it is.
    if (header.adobeTransform === 1) throw unsupported('Lossless JPEG in YCbCr');
    return decodeJpegLossless(bytes, header);
  }
  return await decodeJpegLossy(bytes, header);
}

/** PNG is spread over 8 bits where it has fewer; lossless JPEG keeps its own scale. */
function bitsStoredOf(header: ImageHeader): number {
  if (header.format === 'webp') return 8;
  return header.format === 'png' ? Math.max(8, header.bitDepth) : header.precision;
}

function isGray(header: ImageHeader): boolean {
  if (header.format === 'jpeg') return header.components === 1;
  if (header.format === 'webp') return false;
  return header.colourType === 'gray' || header.colourType === 'gray-alpha';
}

/**
 * The decoder itself, in this process: native code on hostile bytes. The service runs it in a watched child
 * (create-pooled-decoder). A native call cannot be interrupted, so `ctx.signal` is looked at before and after only.
 */
export function createDirectDecoder(): ImageDecoder {
  return {
    decode: async (bytes, declaredType, limits, ctx): Promise<ImageFrame> => {
      throwIfAborted(ctx.signal);
      const header = inspectImage(bytes, declaredType, limits);
      const samplesPerPixel = isGray(header) ? 1 : 3;
      const { rows, columns, format, exifOrientation } = header;
      const stored = { rows, columns, samplesPerPixel, pixels: await decodeSamples(bytes, header) };
      throwIfAborted(ctx.signal);
      const displayed = applyExifOrientation(stored, exifOrientation);
      return {
        format,
        rows: displayed.rows,
        columns: displayed.columns,
        samplesPerPixel,
        bitsStored: bitsStoredOf(header),
        photometricInterpretation: samplesPerPixel === 1 ? 'MONOCHROME2' : 'RGB',
        pixels: displayed.pixels,
        exifOrientation,
        notes: decodeNotes(header),
      };
    },
  };
}
