import type { ImageHeader, PngHeader, TiffHeader } from './image-header.ts';

function pngNotes(header: PngHeader): string[] {
  const hasAlpha = header.colourType === 'gray-alpha' || header.colourType === 'rgb-alpha';
  return [
    ...(header.colourType === 'palette' ? ['palette-expanded'] : []),
    ...(hasAlpha || header.hasTransparency ? ['alpha-dropped'] : []),
    ...(header.significantBits === undefined ? [] : [`significant-bits-${header.significantBits}`]),
  ];
}

function tiffNotes({ page, frames, isFirstByDefault }: TiffHeader): string[] {
  const hasExtras = page.samplesPerPixel > page.colourSamples;
  const converted = { palette: ['palette-expanded'], cmyk: ['cmyk-converted'] } as const;
  return [
    ...(page.colour === 'palette' || page.colour === 'cmyk' ? converted[page.colour] : []),
    ...(hasExtras ? [page.hasAlpha ? 'alpha-dropped' : 'extra-samples-dropped'] : []),
    ...(frames > 1 && isFirstByDefault ? [`first-page-of-${frames}`] : []),
  ];
}

function formatNotes(header: ImageHeader): string[] {
  switch (header.format) {
    case 'png':
      return pngNotes(header);
    case 'tiff':
      return tiffNotes(header);
    case 'webp':
      return header.hasAlpha ? ['alpha-dropped'] : [];
    case 'jpeg':
      return header.components === 4 ? ['cmyk-converted'] : [];
    case 'bmp':
      if (header.palette?.isGray === false) return ['palette-expanded'];
      return header.hasAlpha ? ['alpha-dropped'] : [];
    case 'gif':
      return [
        ...(header.palette.isGray ? [] : ['palette-expanded']),
        ...(header.transparentIndex === undefined ? [] : ['alpha-dropped']),
      ];
  }
}

/** What a decoder gives up or changes, read off the header: stable codes for the reply. */
export function decodeNotes(header: ImageHeader): string[] {
  const isAnimated = header.format === 'png' || header.format === 'webp' || header.format === 'gif';
  return [
    ...formatNotes(header),
    ...(isAnimated && header.frames > 1 ? [`first-frame-of-${header.frames}`] : []),
    ...(header.hasIccProfile ? ['icc-profile-ignored'] : []),
    ...(header.exifOrientation === 1 ? [] : ['exif-orientation-applied']),
  ];
}
