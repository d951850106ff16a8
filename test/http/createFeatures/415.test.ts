import { test } from 'vitest';
import { postFeatures } from '#test/http/analyses.ts';
import { postFile } from '#test/http/bodies.ts';
import { createTestApp, expectProblem } from '#test/http/harness.ts';
import { pngImage } from '#test/http/images.ts';

test('a file that is not of its declared type, and a body of no known type', async () => {
  const png = await pngImage();
  const app = createTestApp();
  await expectProblem(await postFeatures(app, postFile(png, 'image/jpeg')), 415, 'media-type-mismatch');
  await expectProblem(await postFeatures(app, postFile(png, 'text/plain')), 415, 'unsupported-media-type');
});
