import { test } from 'vitest';
import { expectMethodsRefused } from '#test/http/cases.ts';

test('features are POSTed: every other method is refused and told so', async () => {
  await expectMethodsRefused('/v1/features', 'POST');
});
