import { cmykToRgbInto } from '#src/imaging/cmyk-to-rgb.ts';
import type { JpegHeader } from './image-header.ts';
import { sharp } from './native-libraries.ts';
import { undecodable } from './undecodable.ts';

/**
 * JPEG of four components (CMYK, or YCCK by the Adobe marker) by libvips, then to RGB by plain multiplication. Ink is
 * stored inverted, Adobe's way, whether or not the marker is there: the assumption Pillow makes.
 * @returns interleaved RGB, `rows * columns * 3`
 * @throws AppError undecodable-image
 */
export async function decodeJpegCmyk(bytes: Uint8Array, header: JpegHeader): Promise<Uint8Array> {
  const pixels = header.rows * header.columns;
  const ink = await sharp(bytes, { failOn: 'warning', limitInputPixels: pixels, ignoreIcc: true })
    .pipelineColourspace('cmyk')
    .toColourspace('cmyk')
    .raw()
    .toBuffer()
    .catch((cause: unknown) => {
      throw undecodable('the JPEG file is damaged or cut off', cause);
    });
  if (ink.byteLength !== pixels * 4) throw undecodable('the JPEG file contradicts itself');
  // libvips turns the ink round only where it sees Adobe's marker.
  if (header.adobeTransform === undefined)
    for (let at = 0; at < ink.length; at += 1) ink[at] = 255 - ink[at]!;
  const rgb = new Uint8Array(pixels * 3);
  cmykToRgbInto(ink, rgb);
  return rgb;
}
