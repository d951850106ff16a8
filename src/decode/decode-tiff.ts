import type { SampleArray } from '#src/domain/image-frame.ts';
import { cmykToRgbInto } from '#src/imaging/cmyk-to-rgb.ts';
import type { TiffHeader } from './image-header.ts';
import { openByteSource } from './tiff/byte-source.ts';
import { decodePage } from './tiff/decode-page.ts';
import type { TiffPage } from './tiff/tiff-page.ts';

/** Palette entries have 16 bits, of which the upper 8 are shown, as everywhere. */
function expandPalette(indexes: SampleArray, palette: readonly number[]): Uint8Array {
  const colours = palette.length / 3;
  const rgb = new Uint8Array(indexes.length * 3);
  for (let at = 0; at < indexes.length; at += 1) {
    for (let channel = 0; channel < 3; channel += 1)
      rgb[3 * at + channel] = palette[channel * colours + indexes[at]!]! >> 8;
  }
  return rgb;
}

function inkToRgb(ink: Uint8Array): Uint8Array {
  const rgb = new Uint8Array((ink.length / 4) * 3);
  cmykToRgbInto(ink, rgb);
  return rgb;
}

/** 1, 2 and 4 bits are spread over 8, as in PNG: the largest value becomes 255. */
function spread(samples: SampleArray, bits: number): SampleArray {
  const factor = 255 / (2 ** bits - 1);
  for (let at = 0; at < samples.length; at += 1) samples[at] = samples[at]! * factor;
  return samples;
}

function toDisplayedColours(samples: SampleArray, page: TiffPage): SampleArray {
  if (page.palette !== undefined) return expandPalette(samples, page.palette);
  // The page was checked: ink has 8 bits, unsigned.
  if (page.colour === 'cmyk' && samples instanceof Uint8Array) return inkToRgb(samples);
  return page.bitsPerSample < 8 ? spread(samples, page.bitsPerSample) : samples;
}

/**
 * One page of a TIFF file, ours: of the libraries tried none read all forms right (docs/decisions/0010-tiff-bmp-and-gif.md).
 * Stored values stay as they are, whatever their kind; palettes and CMYK become RGB, further samples are dropped.
 * @returns interleaved samples, `rows * columns * (1 or 3)`
 * @throws AppError undecodable-image, unsupported-media-type
 */
export async function decodeTiff(bytes: Uint8Array, { page }: TiffHeader): Promise<SampleArray> {
  return toDisplayedColours(await decodePage(openByteSource(bytes), page), page);
}
