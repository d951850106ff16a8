import { expect, test } from 'vitest';
import { z } from 'zod';
import { createTestApp, expectProblem } from '#test/http/harness.ts';
import { coldModel, tinyModel, tinySpec } from '#test/http/tiny-model.ts';

const dependencies = z.array(z.strictObject({ name: z.string(), isReady: z.boolean(), detail: z.string() }));

test('not ready while the default model is not, and the dependencies say why', async () => {
  const states = [{ name: 'encoder-0', isReady: false, detail: 'connecting' }];
  const app = createTestApp({
    models: [{ ...coldModel, spec: tinySpec }],
    deps: { dependencies: () => states },
  });
  const problem = await expectProblem(await app.request('/readyz'), 503, 'model-not-ready', { dependencies });
  expect(problem.dependencies).toEqual(states);
});

test('not ready while there is no default model', async () => {
  const app = createTestApp({ models: [coldModel] });
  await expectProblem(await app.request('/readyz'), 503, 'model-not-ready', { dependencies });
});

test('not ready while a part that every request needs is not, although the model is', async () => {
  const states = [{ name: 'decoder', isReady: false, isRequired: true, detail: 'all processes died' }];
  const app = createTestApp({ models: [tinyModel], deps: { dependencies: () => states } });
  const problem = await expectProblem(await app.request('/readyz'), 503, 'model-not-ready', { dependencies });
  expect(problem.detail).toContain('decoder');
});

test('draining comes first: no new work, although every part is ready', async () => {
  let isDraining = false;
  const app = createTestApp({ models: [tinyModel], deps: { isDraining: () => isDraining } });
  expect((await app.request('/readyz')).status).toBe(200);
  isDraining = true;
  await expectProblem(await app.request('/readyz'), 503, 'shutting-down', { dependencies });
});
