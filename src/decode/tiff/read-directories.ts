import { undecodable } from '#src/decode/undecodable.ts';
import { damagedTiff, type ByteSource } from './byte-source.ts';

/** Where the value of one tag lies and what it is made of; nothing is read yet. */
export interface TiffEntry {
  /** Field type (TIFF 6.0, section 2): 1 BYTE, 3 SHORT, 4 LONG, 16 LONG8, … */
  readonly type: number;
  /** Number of values. */
  readonly count: number;
  readonly at: number;
}

/** One image file directory: its entries by tag; of a tag that comes twice the first counts. */
export type TiffDirectory = ReadonlyMap<number, TiffEntry>;

/** Bytes of one value by field type; types that are not listed are passed over. */
const typeBytes: Readonly<Record<number, number>> = {
  1: 1,
  2: 1,
  3: 2,
  4: 4,
  5: 8,
  6: 1,
  7: 1,
  8: 2,
  9: 4,
  10: 8,
  11: 4,
  12: 8,
  13: 4,
  16: 8,
  17: 8,
  18: 8,
};

/** Entries of all directories together: some 10,000 pages with 25 tags each. A walk of as many takes some 20 ms. */
const maxEntries = 262_144;

/** Bit 0 of NewSubfileType: a smaller copy of another page; bit 2: a mask of one. Tag 254. */
const notAPage = 0b101;

function readDirectory(source: ByteSource, start: number, entries: number): TiffDirectory {
  const { isBig } = source;
  const [first, entryBytes, valueBytes] = isBig ? [start + 8, 20, 8] : [start + 2, 12, 4];
  const directory = new Map<number, TiffEntry>();
  for (let index = 0; index < entries; index += 1) {
    const at = first + index * entryBytes;
    const tag = source.uint16(at);
    const type = source.uint16(at + 2);
    const count = source.offset(at + 4);
    const bytes = typeBytes[type];
    if (bytes === undefined || directory.has(tag)) continue;
    const place = at + 4 + valueBytes;
    const isInside = count * bytes <= valueBytes;
    directory.set(tag, { type, count, at: isInside ? place : source.offset(place) });
  }
  return directory;
}

/** The chain of directories from the header on. Each is visited once, so a chain that bites its tail is damage. */
function readChain(source: ByteSource): TiffDirectory[] {
  const { isBig } = source;
  const chain: TiffDirectory[] = [];
  const seen = new Set<number>();
  let walked = 0;
  for (let at = source.offset(isBig ? 8 : 4); at !== 0;) {
    if (seen.has(at)) throw undecodable('the TIFF directories form a loop');
    seen.add(at);
    const entries = isBig ? source.uint64(at) : source.uint16(at);
    walked += entries + 1;
    if (walked > maxEntries) throw undecodable('the TIFF file has too many pages or tags');
    chain.push(readDirectory(source, at, entries));
    const end = isBig ? at + 8 + 20 * entries : at + 2 + 12 * entries;
    at = source.offset(end);
  }
  return chain;
}

/**
 * The pages of a TIFF file in their order. Smaller copies (thumbnails, pyramid levels) and masks are no pages,
 * and sub-directories (tag 330) are not in the chain. A file of nothing but such copies has them for pages.
 * @throws AppError undecodable-image
 */
export function readPages(source: ByteSource): readonly TiffDirectory[] {
  const chain = readChain(source);
  if (chain.length === 0) throw damagedTiff();
  const pages = chain.filter((directory) => (readNumber(source, directory.get(254), 0) & notAPage) === 0);
  return pages.length > 0 ? pages : chain;
}

/**
 * The first `limit` values of a tag of whole numbers, in a plain array.
 * @throws AppError undecodable-image for another type, too few values or a place outside the file
 */
export function readNumbers(source: ByteSource, entry: TiffEntry | undefined, limit: number): number[] {
  if (entry === undefined || entry.count < limit) throw damagedTiff();
  const { type, at } = entry;
  const readers: Readonly<Record<number, (at: number) => number>> = {
    1: source.uint8,
    3: source.uint16,
    4: source.uint32,
    13: source.uint32,
    16: source.uint64,
  };
  const read = readers[type];
  if (read === undefined || at + entry.count * typeBytes[type]! > source.bytes.byteLength)
    throw damagedTiff();
  return Array.from({ length: limit }, (_, index) => read(at + index * typeBytes[type]!));
}

/** One whole number, or the default of an absent tag. */
export function readNumber(source: ByteSource, entry: TiffEntry | undefined, absent?: number): number {
  if (entry === undefined && absent !== undefined) return absent;
  return readNumbers(source, entry, 1)[0]!;
}

/** The bytes of a tag (type UNDEFINED or BYTE) as they lie in the file; undefined without the tag. */
export function readBytes(source: ByteSource, entry: TiffEntry | undefined): Uint8Array | undefined {
  if (entry === undefined) return undefined;
  const end = entry.at + entry.count;
  if ((entry.type !== 7 && entry.type !== 1) || end > source.bytes.byteLength) throw damagedTiff();
  return source.bytes.subarray(entry.at, end);
}
