import { expect, test } from 'vitest';
import { postClassifications } from '#test/http/analyses.ts';
import { postForm, postJson } from '#test/http/bodies.ts';
import { darkExamples, exampleParts } from '#test/http/examples.ts';
import { createTestApp, expectProblem } from '#test/http/harness.ts';
import { dataUri, forgedPng } from '#test/http/images.ts';

const dark = darkExamples[0]!;

test('examples and files are counted together', async () => {
  const app = createTestApp({ limits: { maxItems: exampleParts.length + 1 } });
  expect((await postClassifications(app, postForm(['file', dark], ...exampleParts))).status).toBe(200);
  const body = postForm(['file', dark], ['file', dark], ...exampleParts);
  await expectProblem(await postClassifications(app, body), 413, 'too-many-items');
  const examples = exampleParts.map(([, bytes], i) => ({ label: `l${i}`, input: dataUri(bytes) }));
  const init = postJson({ input: [dataUri(dark), dataUri(dark)], examples });
  await expectProblem(await postClassifications(app, init), 413, 'too-many-items');
});

test('an example with too many pixels fails the call and is named', async () => {
  const bomb = await forgedPng(40_000, 40_000);
  const body = postForm(['file', dark], ...exampleParts, ['example:bright', bomb]);
  const problem = await expectProblem(
    await postClassifications(createTestApp(), body),
    413,
    'image-too-large',
  );
  expect(problem.errors?.map(({ pointer }) => pointer)).toEqual([`/examples/${exampleParts.length}`]);
});

test('an example with too many bytes', async () => {
  const app = createTestApp({ limits: { maxFileBytes: 2_000 } });
  const body = postForm(['file', dark], ...exampleParts, ['example:bright', new Uint8Array(2_001)]);
  await expectProblem(await postClassifications(app, body), 413, 'payload-too-large');
});
