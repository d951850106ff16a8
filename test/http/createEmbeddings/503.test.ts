import { describe, expect, test } from 'vitest';
import { AppError } from '#src/domain/app-error.ts';
import { createBatchingEncoder } from '#src/infer/batching/create-batching-encoder.ts';
import { postEmbeddings } from '#test/http/analyses.ts';
import { postFile, postForm, postJson, postStream } from '#test/http/bodies.ts';
import { createTestApp, expectProblem } from '#test/http/harness.ts';
import { dataUri, pngImage } from '#test/http/images.ts';
import { coldModel, createTinyEncoder, tinyModel, tinySpec } from '#test/http/tiny-model.ts';
import { createFixedDelayEncoder } from '#test/support/fixed-delay-encoder.ts';
import { createManualClock } from '#test/support/manual-clock.ts';

const png = await pngImage();

describe('overloaded', () => {
  test('a full queue of the batcher is told at once, with a time to come back', async () => {
    const clock = createManualClock();
    const batches = createFixedDelayEncoder({ clock, delayMs: 1_000 });
    const arrived = Promise.withResolvers<undefined>();
    const encoder = createBatchingEncoder({
      encoder: {
        ...batches,
        encodeBatch: (batch, ctx) => {
          arrived.resolve(undefined);
          return batches.encodeBatch(batch, ctx);
        },
      },
      clock,
      maxBatchSize: () => 1,
      windowMs: 0,
      maxQueuedImages: 1,
    });
    const app = createTestApp({ encoder, clock });
    const inWork = postEmbeddings(app, postFile(png));
    await arrived.promise;
    // Decoding runs on threads, so either may come to the queue first; the other is refused while time stands still.
    const others = [postEmbeddings(app, postFile(png)), postEmbeddings(app, postFile(png))];
    await expectProblem(await Promise.race(others), 503, 'overloaded');
    await clock.advance(1_000);
    await clock.advance(1_000);
    const statuses = (await Promise.all([inWork, ...others])).map(({ status }) => status);
    expect(statuses.sort()).toEqual([200, 200, 503]);
  });

  test('upload bytes of all requests together are bounded, and given back', async () => {
    const app = createTestApp({ maxBufferedBytes: png.length + 100 });
    const gate = Promise.withResolvers<undefined>();
    const holding = Promise.withResolvers<undefined>();
    async function* slow(): AsyncGenerator<Uint8Array> {
      yield png.subarray(0, 150);
      holding.resolve(undefined);
      await gate.promise;
      yield png.subarray(150);
    }
    const stream = slow() as unknown as Iterable<Uint8Array>;
    const first = postEmbeddings(app, postStream(stream, { 'content-type': 'image/png' }));
    await holding.promise;
    const response = await postEmbeddings(app, postFile(png));
    await expectProblem(response, 503, 'overloaded');
    expect(response.headers.get('retry-after')).toBe('2');
    gate.resolve(undefined);
    expect((await first).status).toBe(200);
    expect(app.budget.usedBytes()).toBe(0);
    expect((await postEmbeddings(app, postFile(png))).status).toBe(200);
  });

  test('the retry time of the part that refused is handed on, rounded up', async () => {
    const encoder = createTinyEncoder(
      () => new AppError('overloaded', 'Too many images wait.', { retryAfterSeconds: 2.3 }),
    );
    const app = createTestApp({ encoder });
    const one = await postEmbeddings(app, postFile(png));
    const two = await postEmbeddings(app, postForm(['file', png], ['file', png]));
    expect([one.headers.get('retry-after'), two.headers.get('retry-after')]).toEqual(['3', '3']);
    await expectProblem(one, 503, 'overloaded');
    await expectProblem(two, 503, 'overloaded');
  });

  test('of several failures the one worth trying again decides', async () => {
    const encoder = createTinyEncoder(
      () => new AppError('encoder-unavailable', 'The encoder is not available.'),
    );
    const text = Uint8Array.from(Buffer.from('text'));
    const response = await postEmbeddings(
      createTestApp({ encoder }),
      postForm(['file', text], ['file', png]),
    );
    await expectProblem(response, 503, 'encoder-unavailable');
  });
});

describe('not ready', () => {
  test('a model that is still loading, asked for by name or by default', async () => {
    const app = createTestApp({ models: [tinyModel, coldModel] });
    const named = await postEmbeddings(app, postJson({ input: dataUri(png), model: coldModel.spec.name }));
    const problem = await expectProblem(named, 503, 'model-not-ready');
    expect(problem.detail).not.toContain('Still loading');
    const cold = createTestApp({ models: [{ ...coldModel, spec: tinySpec }] });
    await expectProblem(await postEmbeddings(cold, postFile(png)), 503, 'model-not-ready');
  });

  test('the encoder is gone', async () => {
    const encoder = createTinyEncoder(
      () => new AppError('encoder-unavailable', 'The encoder is not available.'),
    );
    const response = await postEmbeddings(createTestApp({ encoder }), postFile(png));
    await expectProblem(response, 503, 'encoder-unavailable');
  });

  test('the server is going', async () => {
    const encoder = createTinyEncoder(() => new AppError('shutting-down', 'The server is shutting down.'));
    const response = await postEmbeddings(createTestApp({ encoder }), postFile(png));
    await expectProblem(response, 503, 'shutting-down');
  });
});
