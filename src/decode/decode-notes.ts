import type { ImageHeader } from './image-header.ts';

/** What a decoder gives up or changes, read off the header: stable codes for the reply. */
export function decodeNotes(header: ImageHeader): string[] {
  const notes: string[] = [];
  if (header.format === 'png') {
    const hasAlpha = header.colourType === 'gray-alpha' || header.colourType === 'rgb-alpha';
    if (header.colourType === 'palette') notes.push('palette-expanded');
    if (hasAlpha || header.hasTransparency) notes.push('alpha-dropped');
    if (header.isAnimated) notes.push('animation-first-frame');
    if (header.significantBits !== undefined) notes.push(`significant-bits-${header.significantBits}`);
  } else if (header.format === 'webp') {
    if (header.hasAlpha) notes.push('alpha-dropped');
    if (header.frames > 1) notes.push(`first-frame-of-${header.frames}`);
  } else if (header.components === 4) {
    notes.push('cmyk-converted');
  }
  if (header.hasIccProfile) notes.push('icc-profile-ignored');
  if (header.exifOrientation !== 1) notes.push('exif-orientation-applied');
  return notes;
}
