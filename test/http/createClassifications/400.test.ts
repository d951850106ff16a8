import { describe, expect, test } from 'vitest';
import { postClassifications } from '#test/http/analyses.ts';
import { postFile, postForm, postJson } from '#test/http/bodies.ts';
import { brightExamples, darkExamples, exampleParts } from '#test/http/examples.ts';
import { createTestApp, expectProblem } from '#test/http/harness.ts';
import { darkPng, dataUri } from '#test/http/images.ts';

const app = createTestApp();
const dark = await darkPng(30);
const [darkUri, brightUri] = [dataUri(darkExamples[0]!), dataUri(brightExamples[0]!)];

async function pointersOf(init: RequestInit | Promise<RequestInit>, query = ''): Promise<readonly string[]> {
  const problem = await expectProblem(await postClassifications(app, init, query), 400, 'malformed-request');
  return (problem.errors ?? []).map(({ pointer }) => pointer);
}

describe('options', () => {
  test.each([
    ['method', 'svm'],
    ['temperature', '0'],
    ['temperature', '-1'],
    ['temperature', '11'],
    ['temperature', 'NaN'],
    ['temperature', 'Infinity'],
    ['temperature', '1e-400'],
    ['k', '0'],
    ['k', '1.5'],
    ['k', '1001'],
    ['k', 'many'],
    ['pooling', 'mean'],
    ['normalize', 'true'],
    ['dimensions', '8'],
  ])('%s=%s is pointed at', async (name, value) => {
    expect(await pointersOf(postForm(['file', dark], ...exampleParts), `?${name}=${value}`)).toEqual([
      `/${name}`,
    ]);
    expect(await pointersOf(postForm(['file', dark], ...exampleParts, [name, value]))).toEqual([`/${name}`]);
  });
});

describe('examples', () => {
  test('fewer than two labels', async () => {
    expect(await pointersOf(postFile(dark))).toEqual(['/examples']);
    expect(await pointersOf(postForm(['file', dark], ...exampleParts.slice(0, 3)))).toEqual(['/examples']);
    const one = [{ label: 'dark', input: darkUri }];
    expect(await pointersOf(postJson({ input: darkUri, examples: one }))).toEqual(['/examples']);
  });

  test.each([
    ['an empty label', ''],
    ['a label of 129 characters', 'l'.repeat(129)],
    ['a label with a line break', 'a\r\nb'],
    ['a label with a NUL', 'a\0b'],
  ])('%s is pointed at', async (_, label) => {
    const examples = [
      { label: 'bright', input: brightUri },
      { label, input: darkUri },
    ];
    expect(await pointersOf(postJson({ input: darkUri, examples }))).toEqual(['/examples/1/label']);
    const body = postForm(['file', dark], ['example:bright', brightExamples[0]!], [`example:${label}`, dark]);
    expect(await pointersOf(body)).toEqual(['/examples/1/label']);
  });

  test('a backslash in a part’s name, which clients write in different ways, and which JSON can say', async () => {
    const [first, second] = [brightExamples[0]!, darkExamples[0]!];
    await pointersOf(postForm(['file', dark], ['example:bright', first], ['example:a\\b', second]));
    const examples = [
      { label: 'a\\b', input: darkUri },
      { label: 'ab', input: brightUri },
    ];
    const response = await postClassifications(app, postJson({ input: darkUri, examples }));
    expect(((await response.json()) as { classes: unknown }).classes).toEqual([
      { label: 'a\\b', exampleCount: 1 },
      { label: 'ab', exampleCount: 1 },
    ]);
  });

  test.each(['a\u2028b', '\u2029'])(
    'a label with a line separator is refused by every way in',
    async (label) => {
      const examples = [
        { label, input: darkUri },
        { label: 'bright', input: brightUri },
      ];
      expect(await pointersOf(postJson({ input: darkUri, examples }))).toEqual(['/examples/0/label']);
      await pointersOf(
        postForm(['file', dark], [`example:${label}`, dark], ['example:bright', brightExamples[0]!]),
      );
    },
  );

  test('a label that is half a character', async () => {
    const text = `{"input":"${darkUri}","examples":[{"label":"\\ud800","input":"${darkUri}"},{"label":"b","input":"${brightUri}"}]}`;
    expect(await pointersOf(postJson(text))).toEqual(['/examples/0/label']);
  });

  test.each([
    [{ label: 'a' }, '/examples/0/input'],
    [{ input: darkUri }, '/examples/0/label'],
    [{ label: 'a', input: darkUri, weight: 2 }, '/examples/0/weight'],
    ['a', '/examples/0'],
    [null, '/examples/0'],
  ])('an example of another form in JSON', async (example, pointer) => {
    expect(await pointersOf(postJson({ input: darkUri, examples: [example] }))).toEqual([pointer]);
  });

  test('an example that cannot be used fails the call: it would change every answer', async () => {
    const examples = [
      { label: 'dark', input: darkUri },
      { label: 'bright', input: 'data:image/png;base64,AA*A' },
      { label: 'bright', input: brightUri },
    ];
    expect(await pointersOf(postJson({ input: darkUri, examples }))).toEqual(['/examples/1']);
  });
});

test('examples without a file to judge', async () => {
  expect(await pointersOf(postForm(...exampleParts))).toEqual(['/file']);
});
