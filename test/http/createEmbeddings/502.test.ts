import { expect, test } from 'vitest';
import { AppError } from '#src/domain/app-error.ts';
import { postEmbeddings } from '#test/http/analyses.ts';
import { postFile } from '#test/http/bodies.ts';
import { createTestApp, expectProblem } from '#test/http/harness.ts';
import { pngImage } from '#test/http/images.ts';
import { createTinyEncoder } from '#test/http/tiny-model.ts';

const png = await pngImage();

test('an answer of the encoder that breaks the protocol', async () => {
  const encoder = createTinyEncoder(
    () => new AppError('encoder-protocol-error', 'The encoder gave an unusable answer.', { cause: 'D=7' }),
  );
  const app = createTestApp({ encoder });
  const problem = await expectProblem(
    await postEmbeddings(app, postFile(png)),
    502,
    'encoder-protocol-error',
  );
  expect(JSON.stringify(problem)).not.toContain('D=7');
  expect(JSON.stringify(app.logLines)).toContain('D=7');
});

test('a vector that is not finite, or missing, never reaches a client', async () => {
  const timing = { queueMs: 0, inferMs: 0, batchSize: 1 };
  for (const output of [
    { clsToken: Float32Array.of(1, NaN) },
    { clsToken: Float32Array.of(Infinity, 0) },
    {},
  ]) {
    const app = createTestApp({ encoder: { encode: () => Promise.resolve({ output, timing }) } });
    await expectProblem(await postEmbeddings(app, postFile(png)), 502, 'encoder-protocol-error');
  }
});
