import { expect, test } from 'vitest';
import { postFeatures } from '#test/http/analyses.ts';
import { postFile } from '#test/http/bodies.ts';
import { expectAcceptHeeded } from '#test/http/cases.ts';
import { createTestApp, expectProblem } from '#test/http/harness.ts';
import { pngImage } from '#test/http/images.ts';
import { createTinyEncoder } from '#test/http/tiny-model.ts';

test.each(['application/json', 'text/html', 'application/x-safetensors;q=0', '*/*;q=0'])(
  'Accept %s: refused before any image is worked on',
  async (accept) => {
    const encoder = createTinyEncoder();
    const init = { ...postFile(await pngImage()), headers: { 'content-type': 'image/png', accept } };
    const response = await postFeatures(createTestApp({ encoder }), init);
    await expectProblem(response, 406, 'not-acceptable');
    expect(encoder.calls).toEqual([]);
  },
);

test('the offered types are two of arrays', async () => {
  await expectAcceptHeeded({ path: '/v1/features', init: postFile(await pngImage()) }, [
    'application/x-safetensors',
    'application/x-npy',
  ]);
});
