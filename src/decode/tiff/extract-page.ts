import { damagedTiff, type ByteSource } from './byte-source.ts';
import { valueBytes, type TiffDirectory } from './read-directories.ts';
import { readPage } from './read-page.ts';
import { tag } from './tags.ts';
import type { TiffBlocks } from './tiff-page.ts';

/** Field types LONG and UNDEFINED. */
const long = 4;
const undefinedType = 7;
/** Values of all tags of a page that are read; a palette takes 1.5 kB, JPEG tables less. */
const maxTagBytes = 64 * 1024;

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

/** Tags that say where the blocks lie, and the profile, of which only the presence matters. */
const rewritten = new Set<number>([
  tag.stripOffsets,
  tag.stripByteCounts,
  tag.tileOffsets,
  tag.tileByteCounts,
  tag.iccProfile,
]);

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

/**
 * A TIFF file of one page: its coded blocks as they are, and the tags that a decoder needs. So a stack can be decoded page by
 * page without each page costing the whole file.
 * @returns undefined where blocks or tags overlap so much that the page would be larger than its file
 * @throws AppError undecodable-image, unsupported-media-type
 */
export function extractPage(source: ByteSource, directory: TiffDirectory): Uint8Array | undefined {
  const { blocks, hasIccProfile } = readPage(source, directory);
  const { isLittle, bytes } = source;
  const kept = keptFields(source, directory);
  if (hasIccProfile)
    kept.push({ number: tag.iccProfile, type: undefinedType, count: 1, value: Uint8Array.of(0) });
  const pixelBytes = sum(blocks.byteCounts);
  const tagBytes = sum(kept.map(({ value }) => value.length));
  if (tagBytes > maxTagBytes || pixelBytes > bytes.length) return undefined;
  const writeLongs = longWriter(isLittle);
  // The places of the blocks depend on the length of the head, and that on the number of blocks alone.
  const draft = [...kept, ...blockFields(blocks, 0, writeLongs)];
  const lateBytes = sum(draft.map(({ value }) => (value.length > 4 ? value.length : 0)));
  const headBytes = 10 + 12 * draft.length + 4 + lateBytes;
  const head = writeHead([...kept, ...blockFields(blocks, headBytes, writeLongs)], isLittle, headBytes);
  const page = new Uint8Array(headBytes + pixelBytes);
  page.set(head);
  let at = headBytes;
  for (const [index, offset] of blocks.offsets.entries()) {
    const length = blocks.byteCounts[index]!;
    if (offset + length > bytes.length) throw damagedTiff();
    page.set(bytes.subarray(offset, offset + length), at);
    at += length;
  }
  return page;
}
