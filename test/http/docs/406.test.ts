import { test } from 'vitest';
import { expectAcceptHeeded } from '#test/http/cases.ts';

test('the page is HTML; who does not take it is told', async () => {
  await expectAcceptHeeded({ path: '/docs' }, ['text/html']);
});
