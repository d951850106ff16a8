import { test } from 'vitest';
import { expectAcceptHeeded } from '#test/http/cases.ts';

test('a probe gets JSON or nothing', async () => {
  await expectAcceptHeeded({ path: '/livez' });
});
