import { expect, test } from 'vitest';
import { createModelStatistics } from '#services/encoder/statistics/model-statistics.ts';

const times = { inputMs: 1, inferMs: 10, outputMs: 0.5 };

test('statistics count requests, rows, executions and times in ns', () => {
  const statistics = createModelStatistics();
  // One batch of two requests (1 and 2 rows), then one of a single row, then two failures.
  statistics.countExecution(3, times, 1000);
  statistics.countSuccess(1, 15, 3, times);
  statistics.countSuccess(2, 14, 2, times);
  statistics.countExecution(1, times, 2000);
  statistics.countSuccess(1, 12, 0, times);
  statistics.countFailure('CANCELED', 7);
  statistics.countFailure('REJECTED', 1);
  expect(statistics.snapshot()).toEqual({
    inferenceCount: 4,
    executionCount: 2,
    lastInference: 2000,
    inferenceStats: {
      success: { count: 3, ns: 41e6 },
      fail: { count: 2, ns: 8e6 },
      queue: { count: 3, ns: 5e6 },
      computeInput: { count: 3, ns: 3e6 },
      computeInfer: { count: 3, ns: 30e6 },
      computeOutput: { count: 3, ns: 1.5e6 },
    },
    batchStats: [1, 3].map((batchSize) => ({
      batchSize,
      computeInput: { count: 1, ns: 1e6 },
      computeInfer: { count: 1, ns: 10e6 },
      computeOutput: { count: 1, ns: 0.5e6 },
    })),
  });
  expect(statistics.failures('CANCELED')).toBe(1);
  expect(statistics.failures('BACKEND')).toBe(0);
});
