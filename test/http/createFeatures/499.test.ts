import { expect, test } from 'vitest';
import { postFile } from '#test/http/bodies.ts';
import { createTestApp, expectProblem } from '#test/http/harness.ts';
import { pngImage } from '#test/http/images.ts';
import { createStuckEncoder } from '#test/http/tiny-model.ts';

test('a client that goes away cancels down to the encoder', async () => {
  const encoder = createStuckEncoder();
  const app = createTestApp({ encoder });
  const client = new AbortController();
  const reply = app.request('/v1/features', { ...postFile(await pngImage()), signal: client.signal });
  const { signal } = await encoder.entered;
  client.abort();
  expect(signal.reason).toMatchObject({ code: 'request-cancelled' });
  await expectProblem(await reply, 499, 'request-cancelled');
  expect(app.budget.usedBytes()).toBe(0);
});
