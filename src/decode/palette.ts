import type { Palette } from './image-header.ts';

/** @param colours red, green and blue, 3 bytes an entry */
export function toPalette(colours: Uint8Array): Palette {
  let isGray = true;
  for (let at = 0; at < colours.length && isGray; at += 3)
    isGray = colours[at] === colours[at + 1] && colours[at] === colours[at + 2];
  return { colours, isGray };
}

/**
 * Indexes → samples: one a pixel where the palette is gray, else three. An index without an entry is black, as decoders
 * everywhere have it.
 */
export function expandPalette(indexes: Uint8Array, { colours, isGray }: Palette): Uint8Array {
  const samples = isGray ? 1 : 3;
  const pixels = new Uint8Array(indexes.length * samples);
  for (let from = 0, to = 0; from < indexes.length; from += 1) {
    const entry = indexes[from]! * 3;
    for (let sample = 0; sample < samples; sample += 1, to += 1) pixels[to] = colours[entry + sample] ?? 0;
  }
  return pixels;
}
