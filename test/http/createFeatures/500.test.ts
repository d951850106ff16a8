import { test } from 'vitest';
import { postFile } from '#test/http/bodies.ts';
import { expectInternalHidden, secret } from '#test/http/cases.ts';
import { pngImage } from '#test/http/images.ts';
import { createTinyEncoder } from '#test/http/tiny-model.ts';

test('an error out of the encoder is told as an internal error only', async () => {
  const encoder = createTinyEncoder(() => new Error(secret));
  await expectInternalHidden({ encoder }, { path: '/v1/features', init: postFile(await pngImage()) });
});
