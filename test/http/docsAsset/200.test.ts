import { expect, test } from 'vitest';
import { expectOpen } from '#test/http/cases.ts';
import { createTestApp, expectText } from '#test/http/harness.ts';

test('a file of the page, with its type and a time to keep it', async () => {
  const response = await createTestApp().request('/docs/start.js');
  const text = await expectText(response, 'text/javascript; charset=utf-8', 'public, max-age=3600');
  expect(text).toBe('void 0;\n');
});

test('is open without a key even where keys are set', async () => {
  await expectOpen({ path: '/docs/start.js' });
});
