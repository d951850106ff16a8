import type { PixelRepresentation } from '#src/domain/image-frame.ts';

/** What the samples of a page mean; CMYK and palettes become RGB, MinIsWhite stays as it is. */
export type TiffColour = 'min-is-black' | 'min-is-white' | 'rgb' | 'palette' | 'cmyk' | 'ycbcr';

/** How a block is packed. */
export type TiffCompression = 'none' | 'lzw' | 'deflate' | 'packbits' | 'zstd' | 'jpeg';

/** Strips or tiles: a grid of equal rectangles that covers the page; the last ones may reach beyond it. */
export interface TiffBlocks {
  readonly rows: number;
  readonly columns: number;
  /** Tiles are always whole; the last strip ends with the page. */
  readonly isTiled: boolean;
  readonly across: number;
  readonly down: number;
  /** Row by row; with separate planes, one grid after the other. */
  readonly offsets: readonly number[];
  readonly byteCounts: readonly number[];
}

/** One page of a TIFF file, checked: everything that its samples need, and nothing else. */
export interface TiffPage {
  readonly rows: number;
  readonly columns: number;
  readonly colour: TiffColour;
  readonly compression: TiffCompression;
  readonly hasPredictor: boolean;
  readonly samplesPerPixel: number;
  /** Samples that carry the colour; the rest are alpha and other extras. */
  readonly colourSamples: 1 | 3 | 4;
  readonly hasAlpha: boolean;
  readonly bitsPerSample: number;
  readonly representation: PixelRepresentation;
  /** Every sample in a grid of blocks of its own. */
  readonly isPlanar: boolean;
  readonly blocks: TiffBlocks;
  readonly orientation: number;
  readonly hasIccProfile: boolean;
  /** Red, green and blue, `2 ** bitsPerSample` 16-bit values each. */
  readonly palette: readonly number[] | undefined;
  /** Tables that the JPEG streams of all blocks share (TIFF Technical Note 2). */
  readonly jpegTables: Uint8Array | undefined;
}
