import { test } from 'vitest';
import { broken, expectInternalHidden } from '#test/http/cases.ts';

test('what goes wrong inside is told as an internal error only', async () => {
  await expectInternalHidden(
    { deps: { catalogue: { list: broken, find: broken } } },
    { path: '/v1/models/tiny_vit_32' },
  );
});
