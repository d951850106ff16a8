import { describe, expect, test } from 'vitest';
import { expandExampleFrames, expandFrames, frameCopyBytes } from '#src/pipeline/expand-frames.ts';
import type { UploadItem } from '#src/pipeline/item-result.ts';
import { AppError } from '#src/domain/app-error.ts';
import { readTiff } from '#test/golden/tiff/read-tiff-golden.ts';
import { pngImage } from '#test/http/images.ts';

const itemOf = (bytes: Uint8Array): UploadItem => ({ ok: true, bytes, declaredType: undefined });
const three = itemOf(readTiff('pages3.tif'));
const png = itemOf(await pngImage());
const room = { maxItems: 10 };
const numbersOf = (items: readonly UploadItem[]) =>
  items.map((item) => (item.ok ? item.frame?.frameNumber : item.error.code));

describe('frames of a file with three pages', () => {
  test.each([
    ['all', [1, 2, 3]],
    ['2', [2]],
    ['1-1', [1]],
    ['3,1-2', [1, 2, 3]],
    ['2,2,1-2', [1, 2]],
  ])('frames=%s are %j', async (frames, expected) => {
    const items = await expandFrames([three], frames, room);
    expect(numbersOf(items)).toEqual(expected);
    // The bytes are shared, not copied for each page.
    expect(items.every((item) => item.ok && three.ok && item.bytes === three.bytes)).toBe(true);
  });

  test('frames=first is what a decoder gives unasked: the very item', async () => {
    expect((await expandFrames([three], 'first', room))[0]).toBe(three);
  });

  test.each(['4', '1-4', '2,9', '2-1', '999999', '1-999999'])(
    'frames=%s asks for more: the file fails',
    async (frames) => {
      const [item, ...others] = await expandFrames([three], frames, room);
      expect(others).toEqual([]);
      expect(item).toMatchObject({ ok: false, error: { code: 'unusable-input' } });
      if (item?.ok !== false) throw new Error('was accepted');
      expect(item.error.detail).toContain('3 pages');
      expect(item.error.faults).toEqual([{ pointer: '/frames', detail: 'No such frame.' }]);
    },
  );
});

describe('frames of several files', () => {
  const broken = itemOf(readTiff('pages3.tif').slice(0, 40));
  const failed: UploadItem = { ok: false, error: new AppError('payload-too-large', 'Too large.') };

  test('stand in the order of the files, and say which file each is of', async () => {
    const items = await expandFrames([png, three, failed, broken], 'all', room, 5);
    expect(numbersOf(items)).toEqual([1, 1, 2, 3, 'payload-too-large', 'undecodable-image']);
    const references = items.map((item) => (item.ok ? item.frame : undefined));
    expect(references[0]).toEqual({ fileIndex: 5, frameNumber: 1, frameCount: 1 });
    expect(references[3]).toEqual({ fileIndex: 6, frameNumber: 3, frameCount: 3 });
  });

  test('a still image has one', async () => {
    expect(numbersOf(await expandFrames([png], '1,1-1', room))).toEqual([1]);
    const [item] = await expandFrames([png], '2', room);
    expect(item).toMatchObject({ ok: false, error: { code: 'unusable-input' } });
  });

  test('are bounded together, to the item', async () => {
    expect(await expandFrames([three, png], 'all', { maxItems: 4 })).toHaveLength(4);
    await expect(expandFrames([three, png], 'all', { maxItems: 3 })).rejects.toThrow('too-many-items');
    await expect(expandFrames([png, three], 'all', { maxItems: 3 })).rejects.toThrow('too-many-items');
    await expect(expandFrames([three], '1-2,2-3', { maxItems: 4, taken: 2 })).rejects.toThrow(
      'too-many-items',
    );
    expect(await expandFrames([three], '1-2,2,1', { maxItems: 4, taken: 2 })).toHaveLength(2);
  });

  test('need a copy of each file whose pages are taken out, and nothing for a still image', async () => {
    const size = three.ok ? three.bytes.byteLength : 0;
    expect(size).toBeGreaterThan(0);
    expect(frameCopyBytes(await expandFrames([three, png], 'all', room))).toBe(size);
    const twice = await expandFrames([three, itemOf(readTiff('pages3.tif'))], '1-2', room);
    expect(frameCopyBytes(twice)).toBe(2 * size);
    expect(frameCopyBytes(await expandFrames([three], 'first', room))).toBe(0);
  });

  test('are taken out one in a turn of the event loop, and timers and sockets get turns between', async () => {
    const items = await expandFrames([three], 'all', room);
    let turns = 0;
    let isDone = false;
    const count = (): void => {
      turns += 1;
      if (!isDone) setImmediate(count);
    };
    setImmediate(count);
    const turnOf = await Promise.all(
      items.map(async (item) => {
        const page = item.ok ? await item.extract?.() : undefined;
        expect(page?.byteLength).toBeGreaterThan(0);
        return turns;
      }),
    );
    isDone = true;
    expect(new Set(turnOf).size).toBe(3);
  });

  test('of examples keep the label of their file, and count with those before', async () => {
    const examples = [
      { label: 'a', item: three },
      { label: 'b', item: png },
    ];
    expect(await expandExampleFrames(examples, 'first', room)).toBe(examples);
    const expanded = await expandExampleFrames(examples, 'all', { maxItems: 5, taken: 1 });
    expect(expanded.map(({ label }) => label)).toEqual(['a', 'a', 'a', 'b']);
    expect(numbersOf(expanded.map(({ item }) => item))).toEqual([1, 2, 3, 1]);
    await expect(expandExampleFrames(examples, 'all', { maxItems: 5, taken: 2 })).rejects.toThrow(
      'too-many-items',
    );
  });
});
