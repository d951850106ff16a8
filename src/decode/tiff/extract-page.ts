import { undecodable } from '#src/decode/undecodable.ts';
import { damagedTiff, type ByteSource } from './byte-source.ts';
import type { PageAllowance } from './page-allowance.ts';
import { valueBytes, type TiffDirectory } from './read-directories.ts';
import { readPage } from './read-page.ts';
import { tag } from './tags.ts';
import type { TiffBlocks } from './tiff-page.ts';

/** Field types LONG and UNDEFINED. */
const long = 4;
const undefinedType = 7;
/** Values of all tags of a page that are read; a palette takes 1.5 kB, JPEG tables less. */
const maxTagBytes = 64 * 1024;
/** A strip for each row of the tallest image. So many cost some milliseconds, and this runs between the requests of others. */
const maxBlocks = 65_536;

/** One entry to be written, its value in the byte order of the file. */
interface Field {
  readonly number: number;
  readonly type: number;
  readonly count: number;
  readonly value: Uint8Array;
}

type WriteLongs = (values: readonly number[]) => Uint8Array;

const longWriter =
  (isLittle: boolean): WriteLongs =>
  (values) => {
    const view = new DataView(new ArrayBuffer(4 * values.length));
    values.forEach((value, index) => view.setUint32(4 * index, value, isLittle));
    return new Uint8Array(view.buffer);
  };

/** Tags that say where the blocks lie. */
const placeTags = new Set<number>([
  tag.stripOffsets,
  tag.stripByteCounts,
  tag.tileOffsets,
  tag.tileByteCounts,
]);
/** Those, and the profile, of which only the presence matters. */
const rewritten = new Set<number>([...placeTags, tag.iccProfile]);

/** The tags that are read, as they are. */
function keptFields({ bytes }: ByteSource, directory: TiffDirectory): Field[] {
  return Object.values(tag).flatMap((number) => {
    const entry = directory.get(number);
    if (entry === undefined || rewritten.has(number)) return [];
    const value = bytes.subarray(entry.at, entry.at + valueBytes(entry));
    // What the page needs was read from inside the file; the rest may point anywhere.
    if (value.length !== valueBytes(entry)) return [];
    return [{ number, type: entry.type, count: entry.count, value }];
  });
}

function blockFields(blocks: TiffBlocks, firstAt: number, writeLongs: WriteLongs): Field[] {
  const count = blocks.byteCounts.length;
  let at = firstAt;
  const places = blocks.byteCounts.map((length) => {
    at += length;
    return at - length;
  });
  const [offsets, counts] = blocks.isTiled
    ? [tag.tileOffsets, tag.tileByteCounts]
    : [tag.stripOffsets, tag.stripByteCounts];
  return [
    { number: offsets, type: long, count, value: writeLongs(places) },
    { number: counts, type: long, count, value: writeLongs(blocks.byteCounts) },
  ];
}

/** Header, directory and the values that do not fit into it: everything in front of the blocks. */
function writeHead(fields: readonly Field[], isLittle: boolean, headBytes: number): Uint8Array {
  const head = new Uint8Array(headBytes);
  const view = new DataView(head.buffer);
  view.setUint16(0, isLittle ? 0x4949 : 0x4d4d, false);
  view.setUint16(2, 42, isLittle);
  view.setUint32(4, 8, isLittle);
  view.setUint16(8, fields.length, isLittle);
  let late = 10 + 12 * fields.length + 4;
  fields
    .toSorted((a, b) => a.number - b.number)
    .forEach(({ number, type, count, value }, index) => {
      const at = 10 + 12 * index;
      view.setUint16(at, number, isLittle);
      view.setUint16(at + 2, type, isLittle);
      view.setUint32(at + 4, count, isLittle);
      if (value.length <= 4) head.set(value, at + 8);
      else {
        view.setUint32(at + 8, late, isLittle);
        head.set(value, late);
        late += value.length;
      }
    });
  return head;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Bytes of the values that say where the blocks lie, as the file has them. */
const tableBytes = (directory: TiffDirectory): number =>
  sum([...placeTags].map((number) => directory.get(number)).map((entry) => (entry ? valueBytes(entry) : 0)));

/** Runs of blocks that lie one behind the other, each as `[start, end)`: most pages are one. */
function* runsOf({ offsets, byteCounts }: TiffBlocks): Generator<readonly [number, number]> {
  let start = offsets[0]!;
  let end = start;
  for (let index = 0; index < offsets.length; index += 1) {
    if (offsets[index] !== end) {
      yield [start, end];
      start = offsets[index]!;
      end = start;
    }
    end += byteCounts[index]!;
  }
  yield [start, end];
}

/** No block is empty, and none reaches beyond the file. */
function assertBlocks({ offsets, byteCounts }: TiffBlocks, fileBytes: number): void {
  for (let index = 0; index < offsets.length; index += 1) {
    const length = byteCounts[index]!;
    if (length === 0 || offsets[index]! + length > fileBytes) throw damagedTiff();
  }
}

/**
 * A TIFF file of one page: its coded blocks as they are, and the tags that a decoder needs. So a stack can be decoded page by
 * page without each page costing the whole file. Blocks and their tables are taken from the allowance, tables before they are read.
 * @throws AppError undecodable-image, unsupported-media-type
 */
export function extractPage(
  source: ByteSource,
  directory: TiffDirectory,
  allowance: PageAllowance,
): Uint8Array {
  if ([...placeTags].some((number) => (directory.get(number)?.count ?? 0) > maxBlocks))
    throw undecodable('a page of the TIFF file has too many strips or tiles');
  allowance.take(tableBytes(directory));
  const { blocks, hasIccProfile } = readPage(source, directory);
  const { isLittle, bytes } = source;
  const kept = keptFields(source, directory);
  if (hasIccProfile)
    kept.push({ number: tag.iccProfile, type: undefinedType, count: 1, value: Uint8Array.of(0) });
  if (sum(kept.map(({ value }) => value.length)) > maxTagBytes)
    throw undecodable('a page of the TIFF file has larger tags than any page needs');
  assertBlocks(blocks, bytes.length);
  const pixelBytes = sum(blocks.byteCounts);
  allowance.take(pixelBytes);
  const writeLongs = longWriter(isLittle);
  // The places of the blocks depend on the length of the head, and that on the number of blocks alone.
  const blockBytes = blocks.byteCounts.length > 1 ? 8 * blocks.byteCounts.length : 0;
  const lateBytes = sum(kept.map(({ value }) => (value.length > 4 ? value.length : 0))) + blockBytes;
  const headBytes = 10 + 12 * (kept.length + 2) + 4 + lateBytes;
  const page = new Uint8Array(headBytes + pixelBytes);
  page.set(writeHead([...kept, ...blockFields(blocks, headBytes, writeLongs)], isLittle, headBytes));
  let at = headBytes;
  for (const [start, end] of runsOf(blocks)) {
    page.set(bytes.subarray(start, end), at);
    at += end - start;
  }
  return page;
}
