import { undecodable } from '#src/decode/undecodable.ts';
import { damagedTiff, type ByteSource } from './byte-source.ts';
import { tag } from './tags.ts';

/** Where the value of one tag lies and what it is made of; nothing is read yet. */
export interface TiffEntry {
  /** Field type (TIFF 6.0, section 2): 1 BYTE, 3 SHORT, 4 LONG, 16 LONG8, … */
  readonly type: number;
  /** Number of values. */
  readonly count: number;
  readonly at: number;
}

/** One image file directory: the entries that are read, by tag; of a tag that comes twice the first counts. */
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

/** Bytes of all values of an entry. */
export const valueBytes = ({ type, count }: TiffEntry): number => count * typeBytes[type]!;

/** Entries of all directories together: some 10,000 pages with 25 tags each. A walk of as many takes some milliseconds. */
const maxEntries = 262_144;
/** A page cannot do with fewer (TIFF 6.0, section 3 names 12); one without any counts as much, since a directory costs more than an entry. */
const leastEntries = 8;

/** Bit 0 of NewSubfileType: a smaller copy of another page; bit 2: a mask of one. Tag 254. */
const notAPage = 0b101;
const subfileType = 254;

const readTags: ReadonlySet<number> = new Set(Object.values(tag));

/** Where the entries of the directory at `start` lie. */
function entriesOf(source: ByteSource, start: number) {
  const { isBig } = source;
  const count = isBig ? source.uint64(start) : source.uint16(start);
  const first = start + (isBig ? 8 : 2);
  const size = isBig ? 20 : 12;
  return { count, first, size, end: first + count * size };
}

function readEntry(source: ByteSource, at: number): TiffEntry | undefined {
  const type = source.uint16(at + 2);
  const bytes = typeBytes[type];
  if (bytes === undefined) return undefined;
  const count = source.offset(at + 4);
  const [place, room] = source.isBig ? [at + 12, 8] : [at + 8, 4];
  return { type, count, at: count * bytes <= room ? place : source.offset(place) };
}

/**
 * The directory at `start`.
 * @throws AppError undecodable-image
 */
export function readDirectory(source: ByteSource, start: number): TiffDirectory {
  const { count, first, size } = entriesOf(source, start);
  const directory = new Map<number, TiffEntry>();
  for (let at = first; at < first + count * size; at += size) {
    const number = source.uint16(at);
    // A directory may have 65,535 entries and more: those that nobody reads cost next to nothing.
    if (!readTags.has(number) || directory.has(number)) continue;
    const entry = readEntry(source, at);
    if (entry !== undefined) directory.set(number, entry);
  }
  return directory;
}

/** Is the directory that of a page of its own? Looks at one tag only. */
function isPage(source: ByteSource, start: number): boolean {
  const { count, first, size } = entriesOf(source, start);
  for (let at = first; at < first + count * size; at += size) {
    if (source.uint16(at) !== subfileType) continue;
    return (readNumber(source, readEntry(source, at), 0) & notAPage) === 0;
  }
  return true;
}

/** The chain of directories from the header on. Each is visited once, so a chain that bites its tail is damage. */
function readChain(source: ByteSource): number[] {
  const seen = new Set<number>();
  let walked = 0;
  for (let at = source.offset(source.isBig ? 8 : 4); at !== 0;) {
    if (seen.has(at)) throw undecodable('the TIFF directories form a loop');
    seen.add(at);
    const { count, end } = entriesOf(source, at);
    walked += Math.max(count, leastEntries) + 1;
    if (walked > maxEntries) throw undecodable('the TIFF file has too many pages or tags');
    at = source.offset(end);
  }
  return [...seen];
}

/**
 * Where the directories of the pages of a TIFF file lie, in their order. Smaller copies (thumbnails, pyramid levels) and masks
 * are no pages, and sub-directories (tag 330) are not in the chain. A file of nothing but such copies has them for pages.
 * @throws AppError undecodable-image
 */
export function findPages(source: ByteSource): readonly number[] {
  const chain = readChain(source);
  if (chain.length === 0) throw damagedTiff();
  const pages = chain.filter((start) => isPage(source, start));
  return pages.length > 0 ? pages : chain;
}

/**
 * The first `limit` values of a tag of whole numbers, in a plain array.
 * @throws AppError undecodable-image for another type, too few values or a place outside the file
 */
export function readNumbers(source: ByteSource, entry: TiffEntry | undefined, limit: number): number[] {
  if (entry === undefined || entry.count < limit) throw damagedTiff();
  const { type, at } = entry;
  if (at + valueBytes(entry) > source.bytes.byteLength) throw damagedTiff();
  const { view, isLittle } = source;
  const values = new Array<number>(limit);
  // A loop for each width: there may be a hundred thousand values, and these take a millisecond.
  if (type === 3)
    for (let index = 0; index < limit; index += 1) values[index] = view.getUint16(at + 2 * index, isLittle);
  else if (type === 4 || type === 13)
    for (let index = 0; index < limit; index += 1) values[index] = view.getUint32(at + 4 * index, isLittle);
  else if (type === 1)
    for (let index = 0; index < limit; index += 1) values[index] = view.getUint8(at + index);
  else if (type === 16)
    for (let index = 0; index < limit; index += 1) values[index] = source.uint64(at + 8 * index);
  else throw damagedTiff();
  return values;
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
