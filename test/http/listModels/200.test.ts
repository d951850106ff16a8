import { expect, test } from 'vitest';
import { modelListSchema } from '#src/http/schemas/models.ts';
import { embed } from '#test/http/analyses.ts';
import { postFile } from '#test/http/bodies.ts';
import { createTestApp, expectJson } from '#test/http/harness.ts';
import { pngImage } from '#test/http/images.ts';
import { coldModel, pooledModel, tinyModel, tinySpec } from '#test/http/tiny-model.ts';

const app = createTestApp({ models: [tinyModel, coldModel] });
const list = async () => expectJson(await app.request('/v1/models'), modelListSchema);

test('every model is listed, ready or not, with the reason', async () => {
  const { data } = await list();
  expect(
    data.map(({ id, isReady, notReadyReason, isDefault }) => [id, isReady, notReadyReason, isDefault]),
  ).toEqual([
    ['tiny_vit_32', true, null, true],
    ['cold_vit_32', false, 'Still loading.', false],
  ]);
});

test('a model says what it takes, what it gives, its limits and its advisories', async () => {
  const [model] = (await list()).data;
  expect(model).toMatchObject({
    input: { height: 32, width: 32, channels: 3 },
    patchSize: 16,
    dimension: 8,
    engine: 'test-engine',
    weightsDigest: tinySpec.weightsDigest,
    advisories: tinySpec.advisories,
    limits: { maxItems: 16, maxPixels: 1_000_000, maxBatchSize: 4 },
  });
});

test('a model says which outputs and poolings it offers', async () => {
  const both = createTestApp({ models: [tinyModel, pooledModel] });
  const { data } = await expectJson(await both.request('/v1/models'), modelListSchema);
  expect(data.map(({ outputs, poolings, patchSize }) => ({ outputs, poolings, patchSize }))).toEqual([
    {
      outputs: ['cls', 'patch_mean', 'patch_tokens'],
      poolings: ['cls', 'patch_mean', 'cls_patch_mean'],
      patchSize: 16,
    },
    { outputs: ['cls'], poolings: ['cls'], patchSize: null },
  ]);
});

test('the stamp and the space are those of a default call', async () => {
  const [model] = (await list()).data;
  const { provenance } = await embed(app, postFile(await pngImage()));
  expect([model!.stamp, model!.embeddingSpace]).toEqual([provenance.stamp, provenance.embeddingSpace]);
});

test('no model at all is an empty list', async () => {
  const reply = await createTestApp({ models: [] }).request('/v1/models');
  expect((await expectJson(reply, modelListSchema)).data).toEqual([]);
});

test('what a client puts into the query or a body changes nothing', async () => {
  const response = await app.request('/v1/models?__proto__=1&limit=%00');
  expect(await expectJson(response, modelListSchema)).toEqual(await list());
});
