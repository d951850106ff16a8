import type { ImageFrame } from '#src/domain/image-frame.ts';
import type { ImageHeader } from './image-header.ts';

function isGray(header: ImageHeader): boolean {
  switch (header.format) {
    case 'png':
      return header.colourType === 'gray' || header.colourType === 'gray-alpha';
    case 'jpeg':
      return header.components === 1;
    case 'webp':
      return false;
    case 'tiff':
      return header.page.colour === 'min-is-black' || header.page.colour === 'min-is-white';
    case 'bmp':
    case 'gif':
      return header.palette?.isGray === true;
  }
}

/** Fewer than 8 bits are spread over 8; lossless JPEG keeps its own scale. */
function bitsStoredOf(header: ImageHeader): number {
  switch (header.format) {
    case 'png':
      return Math.max(8, header.bitDepth);
    case 'jpeg':
      return header.precision;
    case 'tiff':
      return header.page.colour === 'palette' ? 8 : Math.max(8, header.page.bitsPerSample);
    case 'webp':
    case 'bmp':
    case 'gif':
      return 8;
  }
}

type FrameKind = Pick<
  ImageFrame,
  'samplesPerPixel' | 'bitsStored' | 'pixelRepresentation' | 'photometricInterpretation'
>;

/** What the samples of a decoded frame are, read off the header. */
export function frameKind(header: ImageHeader): FrameKind {
  const samplesPerPixel = isGray(header) ? 1 : 3;
  const isInverted = header.format === 'tiff' && header.page.colour === 'min-is-white';
  return {
    samplesPerPixel,
    bitsStored: bitsStoredOf(header),
    pixelRepresentation: header.format === 'tiff' ? header.page.representation : 'unsigned',
    photometricInterpretation: samplesPerPixel === 3 ? 'RGB' : isInverted ? 'MONOCHROME1' : 'MONOCHROME2',
  };
}
