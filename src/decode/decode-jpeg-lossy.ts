import { cmykToRgbInto } from '#src/imaging/cmyk-to-rgb.ts';
import { sharp } from './configured-sharp.ts';
import type { JpegHeader } from './image-header.ts';
import { undecodable } from './undecodable.ts';

/** Pipeline colour space by number of components; equal at both ends, so that no profile is ever applied. */
const spaces = { 1: 'b-w', 3: 'srgb', 4: 'cmyk' } as const;

/**
 * Lossy 8-bit JPEG by libvips: gray stays one channel; the transform from YCbCr, or none, follows the file's markers as
 * libjpeg does everywhere. Four components (CMYK, or YCCK by Adobe's marker) become RGB by plain multiplication; ink is
 * taken as stored inverted, Adobe's way, with or without the marker, as Pillow does. Anything libjpeg warns of (a
 * cut-off file, a damaged code) is an error. Equal to Pillow bit by bit, unlike @julusian/jpeg-turbo, whose
 * fast DCT is off by up to 16 levels (docs/decisions/0005-image-decoding.md).
 * @returns interleaved samples, `rows * columns * (1 or 3)`
 * @throws AppError undecodable-image
 */
export async function decodeJpegLossy(bytes: Uint8Array, header: JpegHeader): Promise<Uint8Array> {
  const { rows, columns, components } = header;
  const space = spaces[components];
  const decoded = await sharp(bytes, {
    failOn: 'warning',
    // The header was checked against the caller's limit; this holds the library to what the header said.
    limitInputPixels: rows * columns,
    ignoreIcc: true,
  })
    .pipelineColourspace(space)
    .toColourspace(space)
    .raw()
    .toBuffer()
    .catch((cause: unknown) => {
      throw undecodable('the JPEG file is damaged or cut off', cause);
    });
  if (decoded.byteLength !== rows * columns * components)
    throw undecodable('the JPEG file contradicts itself');
  if (components !== 4) return new Uint8Array(decoded.buffer, decoded.byteOffset, decoded.byteLength);
  const rgb = new Uint8Array(rows * columns * 3);
  cmykToRgbInto(decoded, rgb);
  return rgb;
}
