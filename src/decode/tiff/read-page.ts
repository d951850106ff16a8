import { unsupported } from '#src/decode/undecodable.ts';
import type { PixelRepresentation } from '#src/domain/image-frame.ts';
import { damagedTiff, type ByteSource } from './byte-source.ts';
import { readBlocks } from './read-blocks.ts';
import { readBytes, readNumber, readNumbers, type TiffDirectory } from './read-directories.ts';
import { tag } from './tags.ts';
import type { TiffColour, TiffCompression, TiffPage } from './tiff-page.ts';

/** Compression schemes by their code (TIFF 6.0, its supplements, and the registry of libtiff). */
const compressions: Readonly<Record<number, TiffCompression>> = {
  1: 'none',
  5: 'lzw',
  7: 'jpeg',
  8: 'deflate',
  32773: 'packbits',
  32946: 'deflate',
  50000: 'zstd',
};
const otherCompressions: Readonly<Record<number, string>> = {
  2: 'CCITT Huffman',
  3: 'CCITT Group 3',
  4: 'CCITT Group 4',
  6: 'old JPEG',
  34712: 'JPEG 2000',
  33003: 'JPEG 2000',
  33005: 'JPEG 2000',
  34887: 'LERC',
  34892: 'DNG JPEG',
  34925: 'LZMA',
  50001: 'WebP',
  50002: 'JPEG XL',
  52546: 'JPEG XL',
};
const colours: Readonly<Record<number, TiffColour>> = {
  0: 'min-is-white',
  1: 'min-is-black',
  2: 'rgb',
  3: 'palette',
  5: 'cmyk',
  6: 'ycbcr',
};
const colourSampleCounts = {
  'min-is-white': 1,
  'min-is-black': 1,
  rgb: 3,
  palette: 1,
  cmyk: 4,
  ycbcr: 3,
} as const;
const representations: Readonly<Record<number, PixelRepresentation>> = {
  1: 'unsigned',
  2: 'signed',
  3: 'float',
  4: 'unsigned',
};
/** Depths that have an exact array here. */
const depths: Readonly<Record<PixelRepresentation, readonly number[]>> = {
  unsigned: [1, 2, 4, 8, 9, 10, 11, 12, 13, 14, 15, 16, 32],
  signed: [8, 16, 32],
  float: [16, 32, 64],
};
/** More samples than any microscope's channels; each costs memory. */
const maxSamplesPerPixel = 64;

function readCompression(source: ByteSource, directory: TiffDirectory): TiffCompression {
  const code = readNumber(source, directory.get(tag.compression), 1);
  const known = compressions[code];
  if (known !== undefined) return known;
  throw unsupported(`TIFF compressed by ${otherCompressions[code] ?? `scheme ${code}`}`);
}

/** Bits and kind of the samples, which must all be alike. */
function readSampleKind(source: ByteSource, directory: TiffDirectory, samplesPerPixel: number) {
  const common = (number: number): number => {
    const entry = directory.get(number);
    if (entry === undefined) return 1;
    // Some writers give one value for all samples.
    const values = readNumbers(source, entry, Math.min(entry.count, samplesPerPixel));
    if (values.length === 0 || values.some((value) => value !== values[0]))
      throw unsupported('TIFF with samples of several kinds');
    return values[0]!;
  };
  const bitsPerSample = common(tag.bitsPerSample);
  const format = common(tag.sampleFormat);
  const representation = representations[format];
  if (representation === undefined || !depths[representation].includes(bitsPerSample)) {
    const kind = format === 5 || format === 6 ? 'complex' : (representation ?? 'unknown');
    throw unsupported(`TIFF with ${kind} samples of ${bitsPerSample} bits`);
  }
  return { bitsPerSample, representation };
}

function readColour(
  source: ByteSource,
  directory: TiffDirectory,
  samplesPerPixel: number,
  { bitsPerSample: bits, representation }: Pick<TiffPage, 'bitsPerSample' | 'representation'>,
): TiffColour {
  const code = readNumber(source, directory.get(tag.photometric), samplesPerPixel >= 3 ? 2 : 1);
  const colour = colours[code];
  if (colour === undefined) throw unsupported(`TIFF of the photometric interpretation ${code}`);
  const isUnsigned = representation === 'unsigned';
  if (colour === 'palette' && !(isUnsigned && bits <= 8))
    throw unsupported('TIFF with a palette of other than 256 colours');
  if (colour === 'cmyk' && !(isUnsigned && bits === 8))
    throw unsupported('TIFF in CMYK of other than 8 bits');
  return colour;
}

/** JPEG carries 8-bit samples here, and YCbCr comes as JPEG only: elsewhere its pixels share chroma. */
function assertCombination(
  page: Pick<
    TiffPage,
    'colour' | 'compression' | 'bitsPerSample' | 'samplesPerPixel' | 'representation' | 'hasPredictor'
  >,
): void {
  const { colour, compression, bitsPerSample } = page;
  const isJpeg = compression === 'jpeg';
  if (colour === 'ycbcr' && !isJpeg) throw unsupported('TIFF in YCbCr that is not compressed as JPEG');
  const isPlain = bitsPerSample === 8 && page.representation === 'unsigned' && !page.hasPredictor;
  const hasColours = colour === 'cmyk' ? false : [1, 3].includes(page.samplesPerPixel);
  if (isJpeg && !(isPlain && hasColours)) throw unsupported('TIFF with JPEG of other than 8-bit gray or RGB');
  if (page.hasPredictor && bitsPerSample % 8 !== 0)
    throw unsupported('TIFF with a predictor over packed bits');
}

function readPredictor(
  source: ByteSource,
  directory: TiffDirectory,
  representation: PixelRepresentation,
): boolean {
  const code = readNumber(source, directory.get(tag.predictor), 1);
  if (code === 1) return false;
  if (code === 2 && representation !== 'float') return true;
  if (code === 3 && representation === 'float') return true;
  throw unsupported(`TIFF with predictor ${code} over ${representation} samples`);
}

function readOrientation(source: ByteSource, directory: TiffDirectory): number {
  const value = readNumber(source, directory.get(tag.orientation), 1);
  return value >= 1 && value <= 8 ? value : 1;
}

/**
 * One page from its directory, every value checked against what can be decoded (TIFF 6.0, sections 8 and 14 to 22).
 * @throws AppError undecodable-image, unsupported-media-type
 */
export function readPage(source: ByteSource, directory: TiffDirectory): TiffPage {
  const rows = readNumber(source, directory.get(tag.rows));
  const columns = readNumber(source, directory.get(tag.columns));
  const samplesPerPixel = readNumber(source, directory.get(tag.samplesPerPixel), 1);
  if (rows === 0 || columns === 0 || samplesPerPixel === 0) throw damagedTiff();
  if (samplesPerPixel > maxSamplesPerPixel) throw unsupported(`TIFF with ${samplesPerPixel} samples a pixel`);
  if (readNumber(source, directory.get(tag.fillOrder), 1) !== 1)
    throw unsupported('TIFF with reversed bits (FillOrder 2)');
  const compression = readCompression(source, directory);
  const { bitsPerSample, representation } = readSampleKind(source, directory, samplesPerPixel);
  const colour = readColour(source, directory, samplesPerPixel, { bitsPerSample, representation });
  const hasPredictor = readPredictor(source, directory, representation);
  assertCombination({ colour, compression, bitsPerSample, samplesPerPixel, representation, hasPredictor });
  if (samplesPerPixel < colourSampleCounts[colour]) throw damagedTiff();
  const isPlanar = samplesPerPixel > 1 && readNumber(source, directory.get(tag.planarConfiguration), 1) === 2;
  if (isPlanar && colour === 'ycbcr') throw unsupported('TIFF in YCbCr with separate planes');
  const plainBits = compression === 'none' ? bitsPerSample * (isPlanar ? 1 : samplesPerPixel) : undefined;
  const extra = directory.get(tag.extraSamples);
  const kinds = extra === undefined ? [] : readNumbers(source, extra, Math.min(extra.count, samplesPerPixel));
  return {
    rows,
    columns,
    colour,
    compression,
    hasPredictor,
    samplesPerPixel,
    colourSamples: colourSampleCounts[colour],
    hasAlpha: kinds.some((kind) => kind === 1 || kind === 2),
    bitsPerSample,
    representation,
    isPlanar,
    blocks: readBlocks(source, directory, {
      rows,
      columns,
      planes: isPlanar ? samplesPerPixel : 1,
      plainBits,
    }),
    orientation: readOrientation(source, directory),
    hasIccProfile: directory.has(tag.iccProfile),
    palette:
      colour === 'palette'
        ? readNumbers(source, directory.get(tag.colorMap), 3 * 2 ** bitsPerSample)
        : undefined,
    jpegTables: compression === 'jpeg' ? readBytes(source, directory.get(tag.jpegTables)) : undefined,
  };
}
