import { test } from 'vitest';
import { postFile } from '#test/http/bodies.ts';
import { expectKeyNeeded } from '#test/http/cases.ts';
import { pngImage } from '#test/http/images.ts';

test('with keys set, only a known key embeds', async () => {
  await expectKeyNeeded({ path: '/v1/embeddings', init: postFile(await pngImage()) });
});
