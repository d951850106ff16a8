import type { inference } from '#src/infer/triton/gen/protocol.js';

/** Why a request failed, as Triton's metric has it. */
export const failureReasons = ['REJECTED', 'CANCELED', 'BACKEND', 'OTHER'] as const;
export type FailureReason = (typeof failureReasons)[number];

/** How long the parts of one execution took, in ms. */
export interface ExecutionTimes {
  /** Sending the batch to the worker and reading the answer, without the computation. */
  readonly inputMs: number;
  readonly inferMs: number;
  readonly outputMs: number;
}

interface Total {
  count: number;
  ms: number;
}

/** Counters of one model version since its load. */
export interface ModelStatistics {
  readonly countSuccess: (rows: number, requestMs: number, queueMs: number, times: ExecutionTimes) => void;
  readonly countFailure: (reason: FailureReason, requestMs: number) => void;
  /** One run of a batch that succeeded. */
  readonly countExecution: (rows: number, times: ExecutionTimes, endedAtMs: number) => void;
  readonly failures: (reason: FailureReason) => number;
  readonly snapshot: () => StatisticsSnapshot;
}

/** The counters in the shape of the protocol. */
export interface StatisticsSnapshot {
  readonly inferenceCount: number;
  readonly executionCount: number;
  /** Milliseconds since the epoch; 0 before the first. */
  readonly lastInference: number;
  readonly inferenceStats: Record<StatisticName, { readonly count: number; readonly ns: number }>;
  readonly batchStats: inference.InferBatchStatistics.$Properties[];
}
type StatisticName = 'success' | 'fail' | 'queue' | 'computeInput' | 'computeInfer' | 'computeOutput';

const add = (total: Total, ms: number): void => {
  total.count += 1;
  total.ms += ms;
};
const zero = (): Total => ({ count: 0, ms: 0 });
const inNs = ({ count, ms }: Total): { count: number; ns: number } => ({ count, ns: Math.round(ms * 1e6) });

interface BatchTotals {
  readonly input: Total;
  readonly infer: Total;
  readonly output: Total;
}

const batchStatistics = (
  rows: number,
  { input, infer, output }: BatchTotals,
): inference.InferBatchStatistics.$Properties => ({
  batchSize: rows,
  computeInput: inNs(input),
  computeInfer: inNs(infer),
  computeOutput: inNs(output),
});

export function createModelStatistics(): ModelStatistics {
  const totals = {
    success: zero(),
    fail: zero(),
    queue: zero(),
    computeInput: zero(),
    computeInfer: zero(),
    computeOutput: zero(),
  };
  const failures = new Map<FailureReason, number>();
  const batches = new Map<number, BatchTotals>();
  let inferenceCount = 0;
  let executionCount = 0;
  let lastInference = 0;

  return {
    countSuccess: (rows, requestMs, queueMs, times) => {
      inferenceCount += rows;
      add(totals.success, requestMs);
      add(totals.queue, queueMs);
      add(totals.computeInput, times.inputMs);
      add(totals.computeInfer, times.inferMs);
      add(totals.computeOutput, times.outputMs);
    },
    countFailure: (reason, requestMs) => {
      failures.set(reason, (failures.get(reason) ?? 0) + 1);
      add(totals.fail, requestMs);
    },
    countExecution: (rows, times, endedAtMs) => {
      executionCount += 1;
      lastInference = Math.round(endedAtMs);
      const batch = batches.get(rows) ?? { input: zero(), infer: zero(), output: zero() };
      batches.set(rows, batch);
      add(batch.input, times.inputMs);
      add(batch.infer, times.inferMs);
      add(batch.output, times.outputMs);
    },
    failures: (reason) => failures.get(reason) ?? 0,
    snapshot: () => ({
      inferenceCount,
      executionCount,
      lastInference,
      inferenceStats: {
        success: inNs(totals.success),
        fail: inNs(totals.fail),
        queue: inNs(totals.queue),
        computeInput: inNs(totals.computeInput),
        computeInfer: inNs(totals.computeInfer),
        computeOutput: inNs(totals.computeOutput),
      },
      batchStats: [...batches].sort(([a], [b]) => a - b).map(([rows, batch]) => batchStatistics(rows, batch)),
    }),
  };
}
