import { undecodable } from '#src/decode/undecodable.ts';
import { damagedTiff, type ByteSource } from './byte-source.ts';
import { readNumber, readNumbers, type TiffDirectory } from './read-directories.ts';
import { tag } from './tags.ts';
import type { TiffBlocks } from './tiff-page.ts';

/** Strips of one line of the tallest image, for several planes; each block costs some microseconds even when it is empty. */
const maxBlocks = 262_144;
/** A tile may be larger than a small page, but not by much: it is unpacked whole. Pixels of the largest tile of any page. */
const freeTilePixels = 1024 * 1024;
/** The one tile of a larger page: sides rounded up to a power of two are less than twice as long, so it has less than four times the pixels. */
const maxTileShare = 4;

interface Extent {
  readonly rows: number;
  readonly columns: number;
  /** Grids of blocks: one, or one for each sample. */
  readonly planes: number;
  /** Bits of a pixel in a block whose samples are not compressed; else undefined. */
  readonly plainBits: number | undefined;
}

/** The size of a block; a strip is as wide as the page and no taller. */
function readBlockSize(source: ByteSource, directory: TiffDirectory, { rows, columns }: Extent) {
  const isTiled = directory.has(tag.tileOffsets);
  if (!isTiled) {
    const perStrip = readNumber(source, directory.get(tag.rowsPerStrip), rows);
    return { isTiled, blockRows: Math.min(rows, perStrip), blockColumns: columns };
  }
  const blockRows = readNumber(source, directory.get(tag.tileRows));
  const blockColumns = readNumber(source, directory.get(tag.tileColumns));
  const pixels = blockRows * blockColumns;
  if (pixels > Math.max(freeTilePixels, maxTileShare * rows * columns))
    throw undecodable('a TIFF tile is far larger than its page');
  return { isTiled, blockRows, blockColumns };
}

/** Old writers leave the byte counts of uncompressed strips out: the page says what each needs, and the file's end bounds it. */
function missingCounts(
  source: ByteSource,
  offsets: readonly number[],
  { rows, plainBits }: Extent,
  block: { readonly isTiled: boolean; readonly blockRows: number; readonly blockColumns: number },
): number[] {
  const { isTiled, blockRows, blockColumns } = block;
  const rowBytes = plainBits === undefined ? Infinity : Math.ceil((blockColumns * plainBits) / 8);
  const down = Math.ceil(rows / blockRows);
  return offsets.map((offset, index) => {
    const rowsHere = isTiled ? blockRows : Math.min(blockRows, rows - (index % down) * blockRows);
    return Math.max(0, Math.min(rowBytes * rowsHere, source.bytes.byteLength - offset));
  });
}

/**
 * The grid of strips or tiles of a page, with where each lies. Only as many entries are read as the page has blocks.
 * @throws AppError undecodable-image
 */
export function readBlocks(source: ByteSource, directory: TiffDirectory, extent: Extent): TiffBlocks {
  const size = readBlockSize(source, directory, extent);
  const { isTiled, blockRows, blockColumns } = size;
  if (blockRows === 0 || blockColumns === 0) throw damagedTiff();
  const across = Math.ceil(extent.columns / blockColumns);
  const down = Math.ceil(extent.rows / blockRows);
  const count = across * down * extent.planes;
  if (count > maxBlocks) throw undecodable('the TIFF page has too many strips or tiles');
  const offsets = readNumbers(source, directory.get(isTiled ? tag.tileOffsets : tag.stripOffsets), count);
  const countEntry = directory.get(isTiled ? tag.tileByteCounts : tag.stripByteCounts);
  return {
    rows: blockRows,
    columns: blockColumns,
    isTiled,
    across,
    down,
    offsets,
    byteCounts:
      countEntry === undefined
        ? missingCounts(source, offsets, extent, size)
        : readNumbers(source, countEntry, count),
  };
}
