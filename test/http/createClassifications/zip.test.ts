import { describe, expect, test } from 'vitest';
import { classify, postClassifications } from '#test/http/analyses.ts';
import { postForm } from '#test/http/bodies.ts';
import { brightExamples, darkExamples, exampleParts } from '#test/http/examples.ts';
import { createTestApp, expectProblem } from '#test/http/harness.ts';
import { brightPng, darkPng } from '#test/http/images.ts';
import { writeZip, type ZipEntry } from '#test/support/write-zip.ts';

const dark = await darkPng(30);
const bright = await brightPng(180);

const folder = (path: string, images: readonly Uint8Array[]): readonly ZipEntry[] =>
  images.map((bytes, index) => ({ name: `${path}/${index}.png`, bytes }));
const examples = writeZip(...folder('set/dark', darkExamples), ...folder('set/bright', brightExamples));

describe('examples in a zip archive', () => {
  test('are labelled by the folder they lie in, as if each had come as a part of its own', async () => {
    const zipped = await classify(
      createTestApp(),
      postForm(['file', dark], ['file', bright], ['examples', examples, 'application/zip']),
    );
    const single = await classify(
      createTestApp(),
      postForm(['file', dark], ['file', bright], ...exampleParts),
    );
    expect(zipped.classes.toSorted((a, b) => a.label.localeCompare(b.label))).toEqual(
      single.classes.toSorted((a, b) => a.label.localeCompare(b.label)),
    );
    expect(zipped.data).toEqual(single.data);
  });

  test('may all be of the label of their part, and the images to judge may come zipped too', async () => {
    const reply = await classify(
      createTestApp(),
      postForm(
        ['file', writeZip({ name: 'dark.png', bytes: dark }, { name: 'bright.png', bytes: bright })],
        ['example:dark', writeZip(...folder('anything', darkExamples))],
        ['example:bright', writeZip(...folder('anything', brightExamples))],
      ),
    );
    expect(reply.data.map((item) => (item.object === 'classification' ? item.label : item))).toEqual([
      'dark',
      'bright',
    ]);
  });

  test('without a folder have no label: 400', async () => {
    const archive = writeZip(...folder('dark', darkExamples), { name: 'loose.png', bytes: bright });
    const response = await postClassifications(
      createTestApp(),
      postForm(['file', dark], ['examples', archive]),
    );
    const problem = await expectProblem(response, 400, 'malformed-request');
    expect(problem.errors).toEqual([{ pointer: '/examples', detail: 'A file lies in no folder.' }]);
  });

  test('that are no zip archive, a damaged one, or an empty one: 400', async () => {
    for (const bytes of [dark, examples.subarray(0, -30), writeZip()]) {
      const init = postForm(['file', dark], ['examples', Uint8Array.from(bytes)]);
      await expectProblem(await postClassifications(createTestApp(), init), 400, 'malformed-request');
    }
  });

  test('of which one is encrypted fail the call, as any example that cannot be used: 422', async () => {
    const archive = writeZip(...folder('dark', darkExamples), ...folder('bright', brightExamples), {
      name: 'bright/locked.png',
      bytes: bright,
      isEncrypted: true,
    });
    const init = postForm(['file', dark], ['examples', archive]);
    const response = await postClassifications(createTestApp(), init);
    const problem = await expectProblem(response, 422, 'unusable-input');
    expect(problem.detail).toContain('encrypted');
  });
});
