import { AppError } from '#src/domain/app-error.ts';
import { openFrames } from '#src/decode/open-frames.ts';
import type { LabelledUpload } from './classify-images.ts';
import type { UploadItem } from './item-result.ts';
import { nextTurn } from './next-turn.ts';

/** How many items a request may have, and has already. */
export interface ItemRoom {
  readonly maxItems: number;
  readonly taken?: number;
}

type Range = readonly [from: number, to: number];

const noSuchFrame = (count: number, wanted: string): AppError => {
  const has = count === 1 ? 'one frame, number 1' : `${count} pages`;
  return new AppError('unusable-input', `The file holds ${has}; frames=${wanted} asks for others.`, {
    faults: [{ pointer: '/frames', detail: 'No such frame.' }],
  });
};

/** `1,5-9` → ranges. The grammar was checked before; `5-1` holds no frame. */
const toRanges = (frames: string): Range[] =>
  frames.split(',').map((range) => {
    const [from = 0, to = from] = range.split('-').map(Number);
    return [from, to] as const;
  });

const tooManyItems = (maxItems: number): AppError =>
  new AppError(
    'too-many-items',
    `A request may have ${maxItems} items together, and each frame asked for is one; ask for fewer frames.`,
    { faults: [{ pointer: '/frames', detail: `More than ${maxItems} items.` }] },
  );

/** Numbers of the frames asked for, ascending, each once. Throws `unusable-input` when the file lacks one of them, `too-many-items`. */
function selectFrames(frames: string, count: number, { maxItems, taken = 0 }: ItemRoom): readonly number[] {
  const ranges = frames === 'all' ? [[1, count] as const] : toRanges(frames);
  // Before any number is made: a range may say a million.
  if (ranges.some(([from, to]) => to < from || to > count)) throw noSuchFrame(count, frames);
  const selected = new Set<number>();
  for (const [from, to] of ranges) {
    for (let number = from; number <= to; number += 1) {
      selected.add(number);
      if (taken + selected.size > maxItems) throw tooManyItems(maxItems);
    }
  }
  return [...selected].sort((a, b) => a - b);
}

async function framesOf(
  item: UploadItem,
  fileIndex: number,
  frames: string,
  room: ItemRoom,
): Promise<readonly UploadItem[]> {
  if (!item.ok) return [item];
  try {
    await nextTurn();
    const { count: frameCount, extract } = openFrames(item.bytes);
    return selectFrames(frames, frameCount, room).map((frameNumber) => ({
      ...item,
      frame: { fileIndex, frameNumber, frameCount },
      extract: extract && (() => nextTurn().then(() => extract(frameNumber))),
    }));
  } catch (thrown) {
    const error = AppError.from(thrown);
    if (error.code === 'too-many-items') throw error;
    return [{ ok: false, error }];
  }
}

/**
 * One item for each frame that `frames` asks for (`first`, `all` or `1,5-9`), in the order of the files; the bytes are shared.
 * `first` asks for what a decoder gives unasked, so the items stay as they are. A file that lacks a frame is a failed item.
 * Each file is opened in a turn of the event loop of its own.
 * @param firstFileIndex place in the request of the first of these files
 * @throws AppError too-many-items
 */
export async function expandFrames(
  items: readonly UploadItem[],
  frames: string,
  { maxItems, taken = 0 }: ItemRoom,
  firstFileIndex = 0,
): Promise<readonly UploadItem[]> {
  if (frames === 'first') return items;
  const expanded: UploadItem[] = [];
  for (const [index, item] of items.entries()) {
    const room = { maxItems, taken: taken + expanded.length };
    const own = await framesOf(item, firstFileIndex + index, frames, room);
    if (room.taken + own.length > maxItems) throw tooManyItems(maxItems);
    expanded.push(...own);
  }
  return expanded;
}

/** The same for labelled examples: each frame is an example of the file's label. */
export async function expandExampleFrames(
  examples: readonly LabelledUpload[],
  frames: string,
  { maxItems, taken = 0 }: ItemRoom,
): Promise<readonly LabelledUpload[]> {
  if (frames === 'first') return examples;
  const expanded: LabelledUpload[] = [];
  for (const [index, { label, item }] of examples.entries()) {
    const room = { maxItems, taken: taken + expanded.length };
    for (const frame of await expandFrames([item], frames, room, index))
      expanded.push({ label, item: frame });
  }
  return expanded;
}

/**
 * Bytes that the frames of these items may need beside their files while they are worked on: a copy of each file of which frames are
 * taken, since frames share no bytes. For the memory of the request.
 */
export function frameCopyBytes(items: readonly UploadItem[]): number {
  const files = new Set(items.flatMap((item) => (item.ok && item.extract ? [item.bytes] : [])));
  return [...files].reduce((total, { byteLength }) => total + byteLength, 0);
}
