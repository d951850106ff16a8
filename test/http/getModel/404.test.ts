import { expect, test } from 'vitest';
import { createTestApp, expectProblem } from '#test/http/harness.ts';

const app = createTestApp();

test.each([
  'other',
  '__proto__',
  'constructor',
  '%00',
  '%ff',
  '%zz',
  '%',
  '%0d%0ax:%20y',
  '..%2fversion',
  'a%2fb',
  '%F0%9F%AB%81',
  '%20',
])('no model is named %j, and the reply does not repeat it', async (id) => {
  const problem = await expectProblem(await app.request(`/v1/models/${id}`), 404, 'model-not-found');
  expect(problem.detail).toBe('There is no model of that name.');
});

test('a name of many kilobytes is no model’s', async () => {
  await expectProblem(await app.request(`/v1/models/${'m'.repeat(60_000)}`), 404, 'model-not-found');
});

test.each(['/v1/models/', '/v1/models/a/b', '/v1/models/tiny_vit_32/'])('%s is no path', async (path) => {
  await expectProblem(await app.request(path), 404, 'not-found');
});
