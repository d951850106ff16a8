import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { BatchingPolicy } from '#services/encoder/repository/model-definition.ts';
import { createRequestQueue, type Waiting } from '#services/encoder/scheduling/request-queue.ts';

const policy: BatchingPolicy = {
  isDynamic: true,
  maxDelayMs: 0,
  preferredRows: [],
  maxQueueSize: 0,
  defaultTimeoutMs: 0,
  mayOverrideTimeout: false,
};

const waiting = (given: Partial<Waiting> = {}): Waiting => ({
  rows: 1,
  group: 'a',
  enqueuedAtMs: 0,
  expiresAtMs: Infinity,
  ...given,
});

function queueOf(requests: readonly Waiting[], given: Partial<BatchingPolicy> = {}, maxBatchSize = 8) {
  const queue = createRequestQueue<Waiting>({ ...policy, ...given }, maxBatchSize, 100);
  requests.forEach((request) => queue.push(request));
  return queue;
}

const times = (count: number, given: Partial<Waiting> = {}): Waiting[] =>
  Array.from({ length: count }, () => waiting(given));

describe('a request queue', () => {
  test('gives one worker all that fits, oldest first', () => {
    const requests = times(10);
    const queue = queueOf(requests);
    expect(queue.takeBatch(0, 1)).toEqual(requests.slice(0, 8));
    expect(queue.takeBatch(0, 1)).toEqual(requests.slice(8));
    expect(queue.takeBatch(0, 1)).toBeUndefined();
  });

  test('shares what waits evenly between workers, so that none idles behind a large batch', () => {
    const queue = queueOf(times(6));
    expect(queue.takeBatch(0, 2)).toHaveLength(3);
    expect(queueOf(times(1)).takeBatch(0, 4)).toHaveLength(1);
    // No worker is alive: nobody asks then, but a share must not be infinite.
    expect(queueOf(times(2)).takeBatch(0, 0)).toHaveLength(2);
  });

  test('never splits a request and never exceeds the batch size', () => {
    const requests = [waiting({ rows: 5 }), waiting({ rows: 5 }), waiting({ rows: 3 })];
    const queue = queueOf(requests);
    expect(queue.takeBatch(0, 1)).toEqual([requests[0], requests[2]]);
    expect(queue.takeBatch(0, 1)).toEqual([requests[1]]);
  });

  test('keeps groups apart, the oldest request choosing the group', () => {
    const [a, b, c] = [waiting({ group: 'a' }), waiting({ group: 'b' }), waiting({ group: 'a' })];
    const queue = queueOf([a, b, c]);
    expect(queue.takeBatch(0, 1)).toEqual([a, c]);
    expect(queue.takeBatch(0, 1)).toEqual([b]);
  });

  test('gives requests one by one without dynamic batching', () => {
    expect(queueOf(times(3), { isDynamic: false }).takeBatch(0, 1)).toHaveLength(1);
  });

  test('waits for the delay of its oldest request, unless the batch is full', () => {
    const queue = queueOf([waiting({ enqueuedAtMs: 10 })], { maxDelayMs: 5 }, 2);
    expect(queue.takeBatch(14.9, 1)).toBeUndefined();
    expect(queue.nextDueMs(14.9)).toBe(15);
    queue.push(waiting({ enqueuedAtMs: 12 }));
    expect(queue.takeBatch(12, 1)).toHaveLength(2);
    queue.push(waiting({ enqueuedAtMs: 20 }));
    expect(queue.takeBatch(25, 1)).toHaveLength(1);
  });

  test('takes the largest preferred size that it can fill', () => {
    const preferredRows = [2, 4];
    expect(queueOf(times(7), { preferredRows, maxDelayMs: 5 }).takeBatch(0, 1)).toHaveLength(4);
    expect(queueOf(times(3), { preferredRows, maxDelayMs: 5 }).takeBatch(0, 1)).toHaveLength(2);
    expect(queueOf(times(1), { preferredRows, maxDelayMs: 5 }).takeBatch(0, 1)).toBeUndefined();
  });

  test("refuses beyond its size, the model's own or the default", () => {
    const own = queueOf(times(2), { maxQueueSize: 2 });
    expect(own.push(waiting())).toBe(false);
    const standard = queueOf(times(100));
    expect(standard.push(waiting())).toBe(false);
    expect(standard.size()).toBe(100);
  });

  test('gives back what has expired, and says when the next will', () => {
    const [soon, late] = [waiting({ expiresAtMs: 20 }), waiting({ expiresAtMs: 50, enqueuedAtMs: 1 })];
    const queue = queueOf([late, soon], { maxDelayMs: 1000 });
    expect(queue.nextDueMs(10)).toBe(20);
    expect(queue.nextDueMs(20)).toBe(50);
    expect(queue.takeExpired(20)).toEqual([soon]);
    expect(queue.takeExpired(20)).toEqual([]);
    expect(queue.oldest()).toBe(late);
  });

  test('removes a request once', () => {
    const request = waiting();
    const queue = queueOf([request]);
    expect(queue.remove(request)).toBe(true);
    expect(queue.remove(request)).toBe(false);
    expect(queue.nextDueMs(0)).toBe(Infinity);
  });

  test('loses nothing, repeats nothing and mixes nothing, whatever comes', () => {
    const anyRequest = fc.record({
      rows: fc.integer({ min: 1, max: 8 }),
      group: fc.constantFrom('a', 'b', 'c'),
      enqueuedAtMs: fc.constant(0),
      expiresAtMs: fc.constant(Infinity),
    });
    fc.assert(
      fc.property(
        fc.array(anyRequest, { maxLength: 60 }),
        fc.integer({ min: 1, max: 4 }),
        (requests, workers) => {
          const queue = queueOf(requests);
          const seen: Waiting[] = [];
          for (
            let batch = queue.takeBatch(0, workers);
            batch !== undefined;
            batch = queue.takeBatch(0, workers)
          ) {
            expect(new Set(batch.map(({ group }) => group)).size).toBe(1);
            expect(batch.reduce((sum, { rows }) => sum + rows, 0)).toBeLessThanOrEqual(8);
            seen.push(...batch);
          }
          expect(seen).toHaveLength(requests.length);
          expect(new Set(seen)).toEqual(new Set(requests));
        },
      ),
    );
  });
});
