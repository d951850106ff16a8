import { expect, test } from 'vitest';
import { postForm } from '#test/http/bodies.ts';
import { darkExamples, exampleParts } from '#test/http/examples.ts';
import { createTestApp, expectProblem } from '#test/http/harness.ts';
import { createStuckEncoder } from '#test/http/tiny-model.ts';

test('a client that goes away cancels examples and files, down to the encoder', async () => {
  const encoder = createStuckEncoder();
  const app = createTestApp({ encoder });
  const client = new AbortController();
  const init = await postForm(['file', darkExamples[0]!], ...exampleParts);
  const reply = app.request('/v1/classifications', { ...init, signal: client.signal });
  const { signal } = await encoder.entered;
  client.abort();
  expect(signal.reason).toMatchObject({ code: 'request-cancelled' });
  await expectProblem(await reply, 499, 'request-cancelled');
  expect(app.budget.usedBytes()).toBe(0);
});
