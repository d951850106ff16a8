import { expect, test } from 'vitest';
import { postEmbeddings } from '#test/http/analyses.ts';
import { postFile, postStream } from '#test/http/bodies.ts';
import { createTestApp, expectProblem } from '#test/http/harness.ts';
import { pngImage } from '#test/http/images.ts';
import { createStuckEncoder } from '#test/http/tiny-model.ts';
import { createManualClock } from '#test/support/manual-clock.ts';

const png = await pngImage();
const limits = { requestTimeoutMs: 5_000 };

test('work that is not done in time is given up, down to the encoder', async () => {
  const clock = createManualClock();
  const encoder = createStuckEncoder();
  const app = createTestApp({ clock, encoder, limits });
  const reply = postEmbeddings(app, postFile(png));
  const ctx = await encoder.entered;
  expect(ctx.deadlineMs).toBe(clock.now() + 5_000);
  await clock.advance(4_999);
  expect(ctx.signal.aborted).toBe(false);
  await clock.advance(1);
  expect(ctx.signal.reason).toMatchObject({ code: 'deadline-exceeded' });
  await expectProblem(await reply, 504, 'deadline-exceeded');
  expect({ timers: clock.pendingTimers, bytes: app.budget.usedBytes() }).toEqual({ timers: 0, bytes: 0 });
});

test('a body that does not come in time ends the request too', async () => {
  const clock = createManualClock();
  const app = createTestApp({ clock, limits });
  const started = Promise.withResolvers<undefined>();
  async function* slow(): AsyncGenerator<Uint8Array> {
    yield png.subarray(0, 10);
    started.resolve(undefined);
    await new Promise(() => undefined);
  }
  const stream = slow() as unknown as Iterable<Uint8Array>;
  const reply = postEmbeddings(app, postStream(stream, { 'content-type': 'image/png' }));
  await started.promise;
  await clock.advance(5_000);
  await expectProblem(await reply, 504, 'deadline-exceeded');
  expect(app.budget.usedBytes()).toBe(0);
});

test('a request that is done leaves no timer behind', async () => {
  const clock = createManualClock();
  const app = createTestApp({ clock, limits });
  expect((await postEmbeddings(app, postFile(png))).status).toBe(200);
  expect(clock.pendingTimers).toBe(0);
});
