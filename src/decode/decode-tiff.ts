import type { SampleArray } from '#src/domain/image-frame.ts';
import { cmykToRgbInto } from '#src/imaging/cmyk-to-rgb.ts';
import type { TiffHeader } from './image-header.ts';
import { expandPalette } from './palette.ts';
import { openByteSource } from './tiff/byte-source.ts';
import { decodePage } from './tiff/decode-page.ts';
import type { TiffPage } from './tiff/tiff-page.ts';

/** Palette entries have 16 bits, of which the upper 8 are shown, as everywhere: all reds, all greens, all blues → RGB an entry. */
function toColours(palette: readonly number[]): Uint8Array {
  const entries = palette.length / 3;
  return Uint8Array.from(palette, (_, at) => palette[(at % 3) * entries + Math.floor(at / 3)]! >> 8);
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
  // The page was checked: indexes and ink have 8 bits at most, unsigned.
  if (page.palette !== undefined && samples instanceof Uint8Array)
    return expandPalette(samples, { colours: toColours(page.palette), isGray: false });
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
