import { expect, test } from 'vitest';
import { AppError } from '#src/domain/app-error.ts';
import { postClassifications } from '#test/http/analyses.ts';
import { postForm } from '#test/http/bodies.ts';
import { darkExamples, exampleParts } from '#test/http/examples.ts';
import { createTestApp, expectProblem } from '#test/http/harness.ts';
import { coldModel, createTinyEncoder, tinyModel } from '#test/http/tiny-model.ts';

const dark = darkExamples[0]!;

test('an overloaded encoder: its time to come back reaches the client', async () => {
  const encoder = createTinyEncoder(
    () => new AppError('overloaded', 'Too many images wait.', { retryAfterSeconds: 4 }),
  );
  const app = createTestApp({ encoder });
  const response = await postClassifications(app, postForm(['file', dark], ...exampleParts));
  expect(response.headers.get('retry-after')).toBe('4');
  await expectProblem(response, 503, 'overloaded');
});

test('uploads beyond the common budget', async () => {
  const app = createTestApp({ maxBufferedBytes: 500 });
  const response = await postClassifications(app, postForm(['file', dark], ...exampleParts));
  await expectProblem(response, 503, 'overloaded');
  expect(app.budget.usedBytes()).toBe(0);
});

test('a model that is not ready', async () => {
  const app = createTestApp({ models: [tinyModel, coldModel] });
  const body = postForm(['file', dark], ...exampleParts, ['model', coldModel.spec.name]);
  await expectProblem(await postClassifications(app, body), 503, 'model-not-ready');
});
