import { expect, test } from 'vitest';
import { readinessSchema } from '#src/http/operations/readyz.ts';
import { expectOpen } from '#test/http/cases.ts';
import { createTestApp, expectJson } from '#test/http/harness.ts';
import { coldModel, tinyModel, tinySpec } from '#test/http/tiny-model.ts';

test('ready, with each dependency one by one and the advisories of the models, each once', async () => {
  const dependencies = [
    { name: 'encoder-0', isReady: true, detail: 'healthy' },
    { name: 'encoder-1', isReady: false, detail: 'down' },
  ];
  const app = createTestApp({ models: [tinyModel, coldModel], deps: { dependencies: () => dependencies } });
  const reply = await expectJson(await app.request('/readyz'), readinessSchema);
  expect(reply).toEqual({ status: 'ready', dependencies, advisories: tinySpec.advisories });
});

test('without a key even where keys are set', async () => {
  await expectOpen({ path: '/readyz' });
});
