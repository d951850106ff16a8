import { test } from 'vitest';
import { expectAcceptHeeded } from '#test/http/cases.ts';

test('the description is JSON; who does not take it is told', async () => {
  await expectAcceptHeeded({ path: '/openapi.json' });
});
