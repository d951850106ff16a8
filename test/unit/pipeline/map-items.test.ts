import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AppError } from '#src/domain/app-error.ts';
import { mapItems } from '#src/pipeline/map-items.ts';

const never = new AbortController().signal;

describe('mapping items', () => {
  test('keeps their order, never exceeds the concurrency, uses it, and loses no failure', async () => {
    const plan = fc.array(fc.record({ turns: fc.integer({ min: 1, max: 4 }), fails: fc.boolean() }), {
      maxLength: 30,
    });
    await fc.assert(
      fc.asyncProperty(plan, fc.integer({ min: 1, max: 6 }), async (items, concurrency) => {
        let running = 0;
        let most = 0;
        const results = await mapItems(items, concurrency, never, async ({ turns, fails }, index) => {
          most = Math.max(most, ++running);
          for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
          running -= 1;
          if (fails) throw new AppError('undecodable-image', `item ${index}`);
          return index * 2;
        });
        expect(most).toBe(Math.min(concurrency, items.length));
        expect(results.map((result) => (result.ok ? result.value : result.error.detail))).toEqual(
          items.map(({ fails }, index) => (fails ? `item ${index}` : index * 2)),
        );
        expect(results.map(({ index }) => index)).toEqual(items.map((_, index) => index));
      }),
    );
  });

  test('what is thrown that is not ours becomes internal, for its item alone', async () => {
    const results = await mapItems([0, 1], 1, never, (item) =>
      item === 0 ? Promise.reject(new TypeError('x is undefined')) : Promise.resolve('fine'),
    );
    expect(results[0]).toMatchObject({ ok: false, error: { code: 'internal' } });
    expect(results[1]).toMatchObject({ ok: true, value: 'fine' });
  });

  test('work that throws before it gives a promise is its item’s failure too', async () => {
    const [result] = await mapItems([0], 1, never, () => {
      throw new AppError('not-found', 'x');
    });
    expect(result).toMatchObject({ ok: false, error: { code: 'not-found' } });
  });
});

describe('the signal', () => {
  test('begins no further item and rejects with its reason, when those in work have ended', async () => {
    const controller = new AbortController();
    const begun: number[] = [];
    const gate = Promise.withResolvers<undefined>();
    const mapping = mapItems([0, 1, 2, 3, 4], 2, controller.signal, async (item) => {
      begun.push(item);
      await gate.promise;
    });
    let isSettled = false;
    mapping
      .catch(() => undefined)
      .finally(() => (isSettled = true))
      .catch(() => undefined);
    controller.abort(new AppError('deadline-exceeded', 'Too late.'));
    await new Promise((resolve) => setImmediate(resolve));
    expect({ begun, isSettled }).toEqual({ begun: [0, 1], isSettled: false });
    gate.resolve(undefined);
    await expect(mapping).rejects.toMatchObject({ code: 'deadline-exceeded' });
    expect(begun).toEqual([0, 1]);
  });

  test('aborted before: nothing is begun', async () => {
    const mapping = mapItems([0], 1, AbortSignal.abort(), () => Promise.reject(new Error('begun')));
    await expect(mapping).rejects.toMatchObject({ code: 'request-cancelled' });
  });
});
