import { expect, test } from 'vitest';
import { AppError } from '#src/domain/app-error.ts';
import { postClassifications } from '#test/http/analyses.ts';
import { postForm } from '#test/http/bodies.ts';
import { darkExamples, exampleParts } from '#test/http/examples.ts';
import { createTestApp, expectProblem } from '#test/http/harness.ts';
import { createTinyEncoder } from '#test/http/tiny-model.ts';

test('an answer of the encoder that breaks the protocol', async () => {
  const encoder = createTinyEncoder(
    () => new AppError('encoder-protocol-error', 'The encoder gave an unusable answer.', { cause: 'D=7' }),
  );
  const body = postForm(['file', darkExamples[0]!], ...exampleParts);
  const response = await postClassifications(createTestApp({ encoder }), body);
  expect(JSON.stringify(await expectProblem(response, 502, 'encoder-protocol-error'))).not.toContain('D=7');
});
