import { describe, expect, test } from 'vitest';
import { postEmbeddings } from '#test/http/analyses.ts';
import { postFile, postForm } from '#test/http/bodies.ts';
import { createTestApp, expectProblem } from '#test/http/harness.ts';
import { jpegImage, pngImage } from '#test/http/images.ts';
import { createTinyEncoder, pooledModel, tinyModel } from '#test/http/tiny-model.ts';

const png = await pngImage();
const app = createTestApp();

describe('a file that breaks while it is decoded', () => {
  test('a PNG and a JPEG cut in half, told without a library’s words', async () => {
    for (const whole of [
      await pngImage({ rows: 200, columns: 200 }),
      await jpegImage({ rows: 200, columns: 200 }),
    ]) {
      const half = Uint8Array.from(whole.subarray(0, whole.length / 2));
      const response = await postEmbeddings(app, postFile(half, 'application/octet-stream'));
      const problem = await expectProblem(response, 422, 'undecodable-image');
      expect(problem.detail).not.toMatch(/vips|libpng|libjpeg|buffer|sharp/i);
    }
  });
});

describe('what a still image has not', () => {
  test.each([
    ['granularity', 'volume'],
    ['frames', '2'],
    ['frames', '1,2'],
    ['frames', '1-3'],
    ['frames', '999999'],
  ])('%s=%s is pointed at', async (name, value) => {
    const problem = await expectProblem(
      await postEmbeddings(app, postFile(png), `?${name}=${value}`),
      422,
      'unusable-input',
    );
    expect(problem.errors?.map(({ pointer }) => pointer)).toEqual([`/${name}`]);
  });

  test.each(['dicom', 'lung', 'BONE'])('window=%s needs DICOM', async (window) => {
    const response = await postEmbeddings(app, postFile(png), `?window=${window}`);
    await expectProblem(response, 422, 'unusable-input');
  });

  test('more tiles than are worth one vector', async () => {
    const long = await pngImage({ rows: 1, columns: 4_000 });
    const response = await postEmbeddings(app, postFile(long), '?resize=tile');
    await expectProblem(response, 422, 'unusable-input');
  });
});

describe('none of several files', () => {
  test('for one reason: that reason, and a pointer for each file', async () => {
    const half = Uint8Array.from(png.subarray(0, 60));
    const response = await postEmbeddings(app, postForm(['file', half], ['file', half]));
    const problem = await expectProblem(response, 422, 'undecodable-image');
    expect(problem.errors?.map(({ pointer }) => pointer)).toEqual(['/input/0', '/input/1']);
  });

  test('for different reasons: unusable, each with its own', async () => {
    const half = Uint8Array.from(png.subarray(0, 60));
    const text = Uint8Array.from(Buffer.from('text'));
    const response = await postEmbeddings(app, postForm(['file', half], ['file', text]));
    const problem = await expectProblem(response, 422, 'unusable-input');
    expect(new Set(problem.errors?.map(({ detail }) => detail)).size).toBe(2);
  });

  test('of many: no more faults than a person reads', async () => {
    const own = createTestApp({ limits: { maxItems: 200 } });
    const text = Uint8Array.from(Buffer.from('text'));
    const response = await postEmbeddings(
      own,
      postForm(...Array.from({ length: 150 }, () => ['file', text] as const)),
    );
    const problem = await expectProblem(response, 415, 'unsupported-media-type');
    expect(problem.errors).toHaveLength(100);
  });
});

test.each(['patch_mean', 'cls_patch_mean'])('pooling=%s of a model without patches', async (pooling) => {
  const encoder = createTinyEncoder();
  const own = createTestApp({ encoder, models: [tinyModel, pooledModel] });
  const response = await postEmbeddings(own, postFile(png), `?model=tiny_cnn_30&pooling=${pooling}`);
  const { detail, errors } = await expectProblem(response, 422, 'unsupported-by-model');
  expect(detail).toBe(`The model tiny_cnn_30 has no pooling ${pooling}. It offers: cls.`);
  expect(errors).toEqual([{ pointer: '/pooling', detail: 'Must be one of: cls.' }]);
  expect(encoder.calls).toEqual([]);
});
