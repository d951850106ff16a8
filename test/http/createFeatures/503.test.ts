import { expect, test } from 'vitest';
import { AppError } from '#src/domain/app-error.ts';
import { postFeatures } from '#test/http/analyses.ts';
import { postFile } from '#test/http/bodies.ts';
import { createTestApp, expectProblem } from '#test/http/harness.ts';
import { pngImage } from '#test/http/images.ts';
import { coldModel, createTinyEncoder, tinyModel } from '#test/http/tiny-model.ts';

const png = await pngImage();

test('an overloaded encoder: its time to come back reaches the client', async () => {
  const encoder = createTinyEncoder(() => new AppError('overloaded', 'Too many.', { retryAfterSeconds: 4 }));
  const response = await postFeatures(createTestApp({ encoder }), postFile(png));
  expect(response.headers.get('retry-after')).toBe('4');
  await expectProblem(response, 503, 'overloaded');
});

test('a model that is not ready', async () => {
  const app = createTestApp({ models: [tinyModel, coldModel] });
  const response = await postFeatures(app, postFile(png), `?model=${coldModel.spec.name}`);
  await expectProblem(response, 503, 'model-not-ready');
});
