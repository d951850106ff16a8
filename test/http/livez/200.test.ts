import { test } from 'vitest';
import { z } from 'zod';
import { broken, expectOpen } from '#test/http/cases.ts';
import { createTestApp, expectJson } from '#test/http/harness.ts';

const schema = z.strictObject({ status: z.literal('alive') });

test('the process says that it lives', async () => {
  await expectJson(await createTestApp().request('/livez'), schema);
});

test('and goes on to, whatever else is broken: a restart would mend nothing', async () => {
  const catalogue = { list: broken, find: broken };
  const app = createTestApp({
    models: [],
    deps: { dependencies: broken, catalogue, isDraining: () => true },
  });
  await expectJson(await app.request('/livez'), schema);
});

test('without a key even where keys are set', async () => {
  await expectOpen({ path: '/livez' });
});
