import { test } from 'vitest';
import { expectKeyNeeded } from '#test/http/cases.ts';

test('with keys set, only a known key reads this', async () => {
  await expectKeyNeeded({ path: '/version' });
});
