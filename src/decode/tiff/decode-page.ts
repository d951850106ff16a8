import type { SampleArray } from '#src/domain/image-frame.ts';
import { createSamples, toLittleEndian, toSamples } from './block-samples.ts';
import { damagedTiff, type ByteSource } from './byte-source.ts';
import { decodeJpegBlock } from './decode-jpeg-block.ts';
import type { TiffPage } from './tiff-page.ts';
import { undoPredictor } from './undo-predictor.ts';
import { unpackBlock } from './unpack-block.ts';

/** A block's place: in the page, and in the grids of samples. */
interface BlockPlace {
  readonly index: number;
  /** First sample of the pixel that this block has; 0 unless planes are separate. */
  readonly plane: number;
  readonly row: number;
  readonly column: number;
}

function* placesOf({ blocks, isPlanar, colourSamples, samplesPerPixel }: TiffPage): Generator<BlockPlace> {
  const { across, down, rows, columns } = blocks;
  // Planes of alpha and other extras are not even unpacked.
  const planes = isPlanar ? Math.min(colourSamples, samplesPerPixel) : 1;
  for (let index = 0; index < across * down * planes; index += 1) {
    const inPlane = index % (across * down);
    const row = Math.floor(inPlane / across) * rows;
    yield { index, plane: Math.floor(index / (across * down)), row, column: (inPlane % across) * columns };
  }
}

/** The samples of one block, row by row, `samples` of them in a pixel. */
async function decodeBlock(
  source: ByteSource,
  page: TiffPage,
  { index, row }: BlockPlace,
  samples: number,
): Promise<SampleArray> {
  const { blocks, bitsPerSample, compression } = page;
  const start = blocks.offsets[index]!;
  const end = start + blocks.byteCounts[index]!;
  if (end > source.bytes.byteLength) throw damagedTiff();
  const packed = source.bytes.subarray(start, end);
  const rowsHere = blocks.isTiled ? blocks.rows : Math.min(blocks.rows, page.rows - row);
  if (compression === 'jpeg') return decodeJpegBlock(packed, page, blocks, rowsHere);
  const rowSamples = blocks.columns * samples;
  const rowBytes = Math.ceil((rowSamples * bitsPerSample) / 8);
  const unpacked = unpackBlock(packed, compression, rowBytes * blocks.rows, rowBytes * rowsHere);
  // Predictor 3 has no byte order; everything else is turned to this machine's first.
  const isOrdered = (page.hasPredictor && page.representation === 'float') || source.isLittle;
  const ordered = toLittleEndian(unpacked, bitsPerSample % 8 === 0 ? bitsPerSample / 8 : 1, isOrdered);
  const bytes = page.hasPredictor ? undoPredictor(ordered, page, rowSamples, samples) : ordered;
  return toSamples(bytes, page, rowSamples, rowSamples * rowsHere);
}

/** Puts the part of a block that lies inside the page at its place; extra samples of a pixel are left out. */
function copyBlockInto(
  block: SampleArray,
  samples: number,
  page: TiffPage,
  place: BlockPlace,
  target: SampleArray,
): void {
  const { blocks, colourSamples: wanted } = page;
  const rows = Math.min(blocks.rows, page.rows - place.row);
  const columns = Math.min(blocks.columns, page.columns - place.column);
  const kept = page.isPlanar ? 1 : wanted;
  for (let row = 0; row < rows; row += 1) {
    const from = row * blocks.columns * samples;
    const to = ((place.row + row) * page.columns + place.column) * wanted + place.plane;
    if (samples === wanted) {
      target.set(block.subarray(from, from + columns * samples), to);
      continue;
    }
    for (let column = 0; column < columns; column += 1) {
      for (let sample = 0; sample < kept; sample += 1)
        target[to + column * wanted + sample] = block[from + column * samples + sample]!;
    }
  }
}

/**
 * The colour samples of a page as they were stored, interleaved: `rows * columns * colourSamples`. Block by block, so that
 * no more than one lies unpacked beside the page.
 * @throws AppError undecodable-image, unsupported-media-type
 */
export async function decodePage(source: ByteSource, page: TiffPage): Promise<SampleArray> {
  const samples = page.isPlanar ? 1 : page.samplesPerPixel;
  const target = createSamples(page, page.rows * page.columns * page.colourSamples);
  for (const place of placesOf(page)) {
    copyBlockInto(await decodeBlock(source, page, place, samples), samples, page, place, target);
  }
  return target;
}
