import { expect, test } from 'vitest';
import { listen } from '#services/gateway/listen.ts';
import { postFile, postForm, postStream } from '#test/http/bodies.ts';
import { createTestApp, expectProblem, origin } from '#test/http/harness.ts';
import { pngImage } from '#test/http/images.ts';
import { createStuckEncoder } from '#test/http/tiny-model.ts';
import { createLogger } from '#src/telemetry/logger.ts';

const png = await pngImage();

test('a client that goes away cancels its work down to the encoder', async () => {
  const encoder = createStuckEncoder();
  const app = createTestApp({ encoder });
  const client = new AbortController();
  const reply = app.request('/v1/embeddings', { ...postFile(png), signal: client.signal });
  const ctx = await encoder.entered;
  expect(ctx.signal.aborted).toBe(false);
  client.abort();
  expect(ctx.signal.aborted).toBe(true);
  expect(ctx.signal.reason).toMatchObject({ code: 'request-cancelled' });
  await expectProblem(await reply, 499, 'request-cancelled');
  expect(app.budget.usedBytes()).toBe(0);
});

test('so does one whose socket closes', async () => {
  const encoder = createStuckEncoder();
  const app = createTestApp({ encoder });
  const log = createLogger('test', 'silent');
  const listener = await listen(app.fetch, { host: '127.0.0.1', port: 0, requestTimeoutMs: 10_000, log });
  try {
    const client = new AbortController();
    const reply = fetch(`${listener.url}/v1/embeddings`, { ...postFile(png), signal: client.signal });
    reply.catch(() => undefined);
    const { signal } = await encoder.entered;
    const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    client.abort();
    await aborted;
    expect(signal.reason).toMatchObject({ code: 'request-cancelled' });
    await expect(reply).rejects.toThrow();
  } finally {
    await listener.close();
  }
});

test('a client that goes away while it still sends is not waited for', async () => {
  const app = createTestApp();
  const client = new AbortController();
  const started = Promise.withResolvers<undefined>();
  async function* slow(): AsyncGenerator<Uint8Array> {
    yield png.subarray(0, 10);
    started.resolve(undefined);
    await new Promise(() => undefined);
  }
  const init = postStream(slow() as unknown as Iterable<Uint8Array>, { 'content-type': 'image/png' });
  const reply = app.request('/v1/embeddings', { ...init, signal: client.signal });
  await started.promise;
  client.abort();
  await expectProblem(await reply, 499, 'request-cancelled');
  expect(app.budget.usedBytes()).toBe(0);
});

test('files that wait for their turn are not begun after their client has gone', async () => {
  const encoder = createStuckEncoder();
  const app = createTestApp({ encoder });
  const client = new AbortController();
  const files = Array.from({ length: 16 }, () => ['file', png] as const);
  const reply = app.request('/v1/embeddings', { ...(await postForm(...files)), signal: client.signal });
  await encoder.entered;
  client.abort();
  await expectProblem(await reply, 499, 'request-cancelled');
  // Four at a time are in work (harness): the other twelve never reached a stage.
  const metrics = await (await app.request('/metrics')).text();
  const decoded = /tessera_stage_duration_seconds_count\{stage="decode"\} (\d+)/.exec(metrics);
  expect(Number(decoded?.[1] ?? 0)).toBeLessThanOrEqual(4);
});

test('a request that was aborted before it began does no work', async () => {
  const encoder = createStuckEncoder();
  const app = createTestApp({ encoder });
  const request = new Request(`${origin}/v1/embeddings`, { ...postFile(png), signal: AbortSignal.abort() });
  await expectProblem(await app.fetch(request), 499, 'request-cancelled');
});
