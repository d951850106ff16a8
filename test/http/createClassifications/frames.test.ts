import { expect, test } from 'vitest';
import { readTiff } from '#test/golden/tiff/read-tiff-golden.ts';
import { classify } from '#test/http/analyses.ts';
import { postForm } from '#test/http/bodies.ts';
import { exampleParts } from '#test/http/examples.ts';
import { createTestApp } from '#test/http/harness.ts';
import { darkPng } from '#test/http/images.ts';
import { writeZip } from '#test/support/write-zip.ts';

const three = new Uint8Array(readTiff('pages3.tif'));
const dark = await darkPng(30);

test('pages of examples are examples of their label, by part and by folder, and pages to judge are items', async () => {
  const archive = writeZip({ name: 'set/noise/1.tif', bytes: three });
  const parts = [
    ...exampleParts,
    ['example:noise', three],
    ['examples', archive, 'application/zip'],
  ] as const;
  const form = (frames: string) => postForm(['file', three], ['file', dark], ['frames', frames], ...parts);
  const first = await classify(createTestApp(), form('first'));
  expect(first.classes.find(({ label }) => label === 'noise')?.exampleCount).toBe(2);
  const all = await classify(createTestApp(), form('all'));
  expect(all.classes.find(({ label }) => label === 'noise')?.exampleCount).toBe(6);
  expect(all.data.map((item) => (item.object === 'classification' ? item.label : item))).toEqual([
    'noise',
    'noise',
    'noise',
    'dark',
  ]);
});
