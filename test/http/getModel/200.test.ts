import { expect, test } from 'vitest';
import { modelListSchema, modelSchema } from '#src/http/schemas/models.ts';
import { createTestApp, expectJson } from '#test/http/harness.ts';
import { coldModel, tinyModel } from '#test/http/tiny-model.ts';

const app = createTestApp({ models: [tinyModel, coldModel] });

test.each(['tiny_vit_32', 'cold_vit_32'])('%s alone is what the list says of it', async (id) => {
  const model = await expectJson(await app.request(`/v1/models/${id}`), modelSchema);
  const { data } = await expectJson(await app.request('/v1/models'), modelListSchema);
  expect(model).toEqual(data.find((entry) => entry.id === id));
});

test('the name may be percent-encoded', async () => {
  expect((await expectJson(await app.request('/v1/models/tiny%5Fvit_32'), modelSchema)).id).toBe(
    'tiny_vit_32',
  );
});
