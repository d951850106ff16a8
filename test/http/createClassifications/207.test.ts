import { expect, test } from 'vitest';
import { classificationResponseSchema } from '#src/http/schemas/classifications.ts';
import { postClassifications } from '#test/http/analyses.ts';
import { postForm } from '#test/http/bodies.ts';
import { exampleParts } from '#test/http/examples.ts';
import { createTestApp, expectJson } from '#test/http/harness.ts';
import { brightPng } from '#test/http/images.ts';

test('a file that fails carries its own error; the others are classified', async () => {
  const text = Uint8Array.from(Buffer.from('no image'));
  const body = postForm(
    ['file', text],
    ['file', await brightPng(185)],
    ['file', new Uint8Array(0)],
    ...exampleParts,
  );
  const response = await postClassifications(createTestApp(), body);
  const reply = await expectJson(response, classificationResponseSchema, 207);
  expect(
    reply.data.map((item) => [item.index, item.object === 'error' ? item.error.code : item.label]),
  ).toEqual([
    [0, 'unsupported-media-type'],
    [1, 'bright'],
    [2, 'malformed-request'],
  ]);
});
