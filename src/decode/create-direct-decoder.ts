import type { ImageFrame, SampleArray } from '#src/domain/image-frame.ts';
import { applyExifOrientation } from '#src/imaging/apply-exif-orientation.ts';
import type { ImageDecoder } from '#src/ports/image-decoder.ts';
import { decodeBmp } from './decode-bmp.ts';
import { decodeGif } from './decode-gif.ts';
import { decodeJpegLossless } from './decode-jpeg-lossless.ts';
import { decodeJpegLossy } from './decode-jpeg-lossy.ts';
import { decodeNotes } from './decode-notes.ts';
import { decodePng } from './decode-png.ts';
import { decodeTiff } from './decode-tiff.ts';
import { decodeWebp } from './decode-webp.ts';
import { frameKind } from './frame-kind.ts';
import type { ImageHeader, JpegHeader } from './image-header.ts';
import { inspectImage } from './inspect-image.ts';
import { throwIfAborted } from './throw-if-aborted.ts';
import { unsupported } from './undecodable.ts';

async function decodeJpeg(bytes: Uint8Array, header: JpegHeader): Promise<SampleArray> {
  if (header.process !== 'lossless') return await decodeJpegLossy(bytes, header);
  // T.81 leaves the colours of this process open; every producer known here stores RGB as it is.
  if (header.adobeTransform === 1) throw unsupported('Lossless JPEG in YCbCr');
  return decodeJpegLossless(bytes, header);
}

async function decodeSamples(bytes: Uint8Array, header: ImageHeader): Promise<SampleArray> {
  switch (header.format) {
    case 'png':
      return await decodePng(bytes, header);
    case 'jpeg':
      return await decodeJpeg(bytes, header);
    case 'webp':
      return await decodeWebp(bytes, header);
    case 'tiff':
      return await decodeTiff(bytes, header);
    case 'bmp':
      return decodeBmp(bytes, header);
    case 'gif':
      return decodeGif(bytes, header);
  }
}

/**
 * The decoder itself, in this process: native code on hostile bytes. The service runs it in a watched child
 * (create-pooled-decoder). A native call cannot be interrupted, so `ctx.signal` is looked at before and after only.
 */
export function createDirectDecoder(): ImageDecoder {
  return {
    decode: async (bytes, declaredType, limits, ctx, frameNumber): Promise<ImageFrame> => {
      throwIfAborted(ctx.signal);
      const header = inspectImage(bytes, declaredType, limits, frameNumber);
      const kind = frameKind(header);
      const { rows, columns, format, exifOrientation } = header;
      const pixels = await decodeSamples(bytes, header);
      throwIfAborted(ctx.signal);
      const stored = { rows, columns, samplesPerPixel: kind.samplesPerPixel, pixels };
      const displayed = applyExifOrientation(stored, exifOrientation);
      return {
        format,
        rows: displayed.rows,
        columns: displayed.columns,
        ...kind,
        pixels: displayed.pixels,
        exifOrientation,
        notes: decodeNotes(header),
      };
    },
  };
}
