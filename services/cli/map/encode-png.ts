import sharp from 'sharp';
import type { Raster8 } from '#src/imaging/raster8.ts';

/** A lossless PNG of 8 bits, without metadata. */
export async function encodePng({ rows, columns, samplesPerPixel, pixels }: Raster8): Promise<Uint8Array> {
  const raw = { width: columns, height: rows, channels: samplesPerPixel };
  return sharp(pixels, { raw, limitInputPixels: false })
    .png({ compressionLevel: 9, adaptiveFiltering: true })
    .toBuffer();
}
