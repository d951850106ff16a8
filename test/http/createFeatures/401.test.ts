import { test } from 'vitest';
import { postFile } from '#test/http/bodies.ts';
import { expectKeyNeeded } from '#test/http/cases.ts';
import { pngImage } from '#test/http/images.ts';

test('with keys set, only a known key gets features', async () => {
  await expectKeyNeeded({ path: '/v1/features', init: postFile(await pngImage()) });
});
