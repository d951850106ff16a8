import { getEventListeners } from 'node:events';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AppError } from '#src/domain/app-error.ts';
import { createByteBudget } from '#src/http/input/byte-budget.ts';
import { joinChunks, readBody, readWholeBody } from '#src/http/input/read-body.ts';
import { postStream } from '#test/http/bodies.ts';

const signal = new AbortController().signal;
const requestOf = (chunks: Iterable<Uint8Array>, headers: Record<string, string> = {}) =>
  new Request('http://127.0.0.1/', postStream(chunks, headers));

function bounds(maxBytes = 1_000, budgetBytes = 10_000) {
  const budget = createByteBudget(budgetBytes);
  return { budget, bounds: { maxBytes, lease: budget.open(), signal } };
}

/** A body that tells whether its source was cancelled. */
function watched(chunks: readonly Uint8Array[]) {
  const state = { isCancelled: false, pulls: 0 };
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const chunk = chunks[state.pulls++];
        if (chunk === undefined) return new Promise<void>(() => undefined);
        controller.enqueue(chunk);
        return undefined;
      },
      cancel: () => void (state.isCancelled = true),
    },
    { highWaterMark: 0 },
  );
  const request = new Request('http://127.0.0.1/', { method: 'POST', body, duplex: 'half' });
  return { request, state };
}

describe('a body', () => {
  test('comes whole, whatever its chunks, and is charged byte by byte', async () => {
    const chunks = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(chunks, async (parts) => {
        const { budget, bounds: own } = bounds();
        const bytes = await readWholeBody(requestOf(parts), own);
        expect(Buffer.from(bytes).equals(Buffer.concat(parts))).toBe(true);
        expect(budget.usedBytes()).toBe(bytes.byteLength);
      }),
    );
  });

  test('that is absent is empty', async () => {
    const request = new Request('http://127.0.0.1/', { method: 'POST' });
    expect(await readWholeBody(request, bounds().bounds)).toEqual(new Uint8Array(0));
  });

  test('of one chunk is handed on without a copy', () => {
    const chunk = Uint8Array.of(1, 2);
    expect(joinChunks([chunk])).toBe(chunk);
  });

  test('of exactly the limit is read, one byte more is too large, and the rest is not pulled', async () => {
    expect((await readWholeBody(requestOf([new Uint8Array(1_000)]), bounds().bounds)).byteLength).toBe(1_000);
    const { request, state } = watched(Array.from({ length: 50 }, () => new Uint8Array(400)));
    await expect(readWholeBody(request, bounds().bounds)).rejects.toMatchObject({
      code: 'payload-too-large',
    });
    expect(state).toMatchObject({ isCancelled: true });
    expect(state.pulls).toBeLessThanOrEqual(4);
  });

  test.each(['1001', '1e9', '99999999999999999999', 'Infinity'])(
    'declared as %s is refused unread',
    async (length) => {
      const { request, state } = watched([new Uint8Array(1)]);
      request.headers.set('content-length', length);
      await expect(readWholeBody(request, bounds().bounds)).rejects.toMatchObject({
        code: 'payload-too-large',
      });
      expect(state.pulls).toBe(0);
    },
  );

  test.each(['abc', '-5', ''])('with the nonsensical length %j is counted instead', async (length) => {
    const request = requestOf([new Uint8Array(10)], { 'content-length': length });
    expect((await readWholeBody(request, bounds().bounds)).byteLength).toBe(10);
  });

  test('beyond the common budget is refused and its source cancelled', async () => {
    const { request, state } = watched([new Uint8Array(60), new Uint8Array(60)]);
    await expect(readWholeBody(request, bounds(1_000, 100).bounds)).rejects.toMatchObject({
      code: 'overloaded',
    });
    expect(state.isCancelled).toBe(true);
  });

  test('whose reader stops early is cancelled', async () => {
    const { request, state } = watched([new Uint8Array(1), new Uint8Array(1)]);
    for await (const chunk of readBody(request, bounds().bounds)) {
      expect(chunk.byteLength).toBe(1);
      break;
    }
    expect(state.isCancelled).toBe(true);
  });
});

describe('the signal', () => {
  test.each([
    ['before the first chunk', []],
    ['between chunks', [new Uint8Array(3)]],
  ])(
    'ends the reading %s with its own reason, cancels the source and leaves no listener',
    async (_, chunks) => {
      const controller = new AbortController();
      const { request, state } = watched(chunks);
      const own = { ...bounds().bounds, signal: controller.signal };
      const reading = readWholeBody(request, own);
      await new Promise((resolve) => setImmediate(resolve));
      controller.abort(new AppError('deadline-exceeded', 'Too late.'));
      await expect(reading).rejects.toMatchObject({ code: 'deadline-exceeded' });
      expect(state.isCancelled).toBe(true);
      expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
    },
  );

  test('leaves no listener after a body that came whole', async () => {
    const controller = new AbortController();
    await readWholeBody(requestOf([new Uint8Array(3)]), { ...bounds().bounds, signal: controller.signal });
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
  });
});

test('a stream that fails is a body that ended early, its words kept for the log', async () => {
  function* broken(): Generator<Uint8Array> {
    yield new Uint8Array(1);
    throw new Error('ECONNRESET 10.9.8.7');
  }
  const reading = readWholeBody(requestOf(broken()), bounds().bounds);
  await expect(reading).rejects.toMatchObject({
    code: 'malformed-request',
    detail: 'The request body ended early.',
    cause: { message: 'ECONNRESET 10.9.8.7' },
  });
});
