import { test } from 'vitest';
import { expectLinkFollowed, expectLoopbackOnly } from '#test/http/cases.ts';

test('without keys, no rebound host name and no foreign page reads this', async () => {
  await expectLoopbackOnly({ path: '/readyz' });
});

test('a link from another site may be followed', async () => {
  await expectLinkFollowed({ path: '/readyz' }, 200);
});
