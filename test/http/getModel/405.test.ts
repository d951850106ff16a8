import { test } from 'vitest';
import { expectHead, expectMethodsRefused } from '#test/http/cases.ts';

test('this is read only: every method but GET and HEAD is refused and told so', async () => {
  await expectMethodsRefused('/v1/models/tiny_vit_32', 'GET, HEAD');
});

test('HEAD gives the headers of GET', async () => {
  await expectHead('/v1/models/tiny_vit_32');
});
