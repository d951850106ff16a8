import { expect, test } from 'vitest';
import { AppError } from '#src/domain/app-error.ts';
import { postFeatures } from '#test/http/analyses.ts';
import { postFile } from '#test/http/bodies.ts';
import { createTestApp, expectProblem } from '#test/http/harness.ts';
import { pngImage } from '#test/http/images.ts';
import { createTinyEncoder } from '#test/http/tiny-model.ts';

test('an answer of the encoder that breaks the protocol', async () => {
  const encoder = createTinyEncoder(
    () => new AppError('encoder-protocol-error', 'D is 7.', { cause: 'D=7' }),
  );
  const response = await postFeatures(createTestApp({ encoder }), postFile(await pngImage()));
  expect(JSON.stringify(await expectProblem(response, 502, 'encoder-protocol-error'))).not.toContain('7.');
});
