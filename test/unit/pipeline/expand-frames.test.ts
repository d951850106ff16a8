import { describe, expect, test } from 'vitest';
import { expandExampleFrames, expandFrames } from '#src/pipeline/expand-frames.ts';
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
  ])('frames=%s are %j', (frames, expected) => {
    const items = expandFrames([three], frames, room);
    expect(numbersOf(items)).toEqual(expected);
    // The bytes are shared, not copied for each page.
    expect(items.every((item) => item.ok && three.ok && item.bytes === three.bytes)).toBe(true);
  });

  test('frames=first is what a decoder gives unasked: the very item', () => {
    expect(expandFrames([three], 'first', room)[0]).toBe(three);
  });

  test.each(['4', '1-4', '2,9', '2-1', '999999', '1-999999'])(
    'frames=%s asks for more: the file fails',
    (frames) => {
      const [item, ...others] = expandFrames([three], frames, room);
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

  test('stand in the order of the files, and say which file each is of', () => {
    const items = expandFrames([png, three, failed, broken], 'all', room, 5);
    expect(numbersOf(items)).toEqual([1, 1, 2, 3, 'payload-too-large', 'undecodable-image']);
    const references = items.map((item) => (item.ok ? item.frame : undefined));
    expect(references[0]).toEqual({ fileIndex: 5, frameNumber: 1, frameCount: 1 });
    expect(references[3]).toEqual({ fileIndex: 6, frameNumber: 3, frameCount: 3 });
  });

  test('a still image has one', () => {
    expect(numbersOf(expandFrames([png], '1,1-1', room))).toEqual([1]);
    const [item] = expandFrames([png], '2', room);
    expect(item).toMatchObject({ ok: false, error: { code: 'unusable-input' } });
  });

  test('are bounded together, to the item', () => {
    expect(expandFrames([three, png], 'all', { maxItems: 4 })).toHaveLength(4);
    expect(() => expandFrames([three, png], 'all', { maxItems: 3 })).toThrow('too-many-items');
    expect(() => expandFrames([three], 'all', { maxItems: 4, taken: 2 })).toThrow('too-many-items');
  });

  test('of examples keep the label of their file, and count with those before', () => {
    const examples = [
      { label: 'a', item: three },
      { label: 'b', item: png },
    ];
    expect(expandExampleFrames(examples, 'first', room)).toBe(examples);
    const expanded = expandExampleFrames(examples, 'all', { maxItems: 5, taken: 1 });
    expect(expanded.map(({ label }) => label)).toEqual(['a', 'a', 'a', 'b']);
    expect(numbersOf(expanded.map(({ item }) => item))).toEqual([1, 2, 3, 1]);
    expect(() => expandExampleFrames(examples, 'all', { maxItems: 5, taken: 2 })).toThrow('too-many-items');
  });
});
