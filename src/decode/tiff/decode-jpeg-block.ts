import { decodeJpegLossy } from '#src/decode/decode-jpeg-lossy.ts';
import { readJpegHeader } from '#src/decode/read-jpeg-header.ts';
import { unsupported } from '#src/decode/undecodable.ts';
import { damagedTiff } from './byte-source.ts';
import type { TiffPage } from './tiff-page.ts';

/** Adobe's APP14 segment, whose last byte says whether three components are RGB (0) or YCbCr (1). */
const adobeSegment = (transform: 0 | 1): Uint8Array =>
  Uint8Array.of(0xff, 0xee, 0, 14, 0x41, 0x64, 0x6f, 0x62, 0x65, 0, 100, 0, 0, 0, 0, transform);

const startOfImage = [0xff, 0xd8];
const startsImage = (bytes: Uint8Array): boolean =>
  startOfImage.every((byte, index) => bytes[index] === byte);

/** The stream of a block with the tables that all blocks share in front, and the colours that the page declares. */
function completeStream(stream: Uint8Array, { jpegTables, colour }: TiffPage): Uint8Array {
  if (!startsImage(stream)) throw damagedTiff();
  // The tables are a stream of their own: SOI, segments, EOI.
  if (jpegTables !== undefined && !startsImage(jpegTables)) throw damagedTiff();
  const tables = jpegTables === undefined ? new Uint8Array(0) : jpegTables.subarray(2, -2);
  const adobe = adobeSegment(colour === 'ycbcr' ? 1 : 0);
  return new Uint8Array(Buffer.concat([Uint8Array.from(startOfImage), adobe, tables, stream.subarray(2)]));
}

/**
 * A strip or tile that is a JPEG stream (TIFF Technical Note 2), decoded as any JPEG file is: exact against libjpeg.
 * @param most the largest size that the block may have; a stream cannot make more
 * @returns rows of the block's own width, at least as many as `leastRows`
 * @throws AppError undecodable-image, unsupported-media-type
 */
export async function decodeJpegBlock(
  stream: Uint8Array,
  page: TiffPage,
  most: { readonly rows: number; readonly columns: number },
  leastRows: number,
): Promise<Uint8Array> {
  const complete = completeStream(stream, page);
  const header = readJpegHeader(complete);
  if (header.process === 'lossless') throw unsupported('TIFF with lossless JPEG');
  const hasSize = header.columns === most.columns && header.rows <= most.rows && header.rows >= leastRows;
  const components = page.isPlanar ? 1 : page.samplesPerPixel;
  if (!hasSize || header.components !== components) throw damagedTiff();
  return decodeJpegLossy(complete, header);
}
