import type { ModelDefinition } from '../repository/model-definition.ts';
import { createModelStatistics, type ModelStatistics } from '../statistics/model-statistics.ts';
import type { PendingInfer } from './pending-infer.ts';
import { createRequestQueue, type RequestQueue } from './request-queue.ts';

/** One load of one model version: a reload makes a new one, with counters of its own. */
export interface ServedModel {
  /** Names this load in the workers. */
  readonly key: string;
  readonly definition: ModelDefinition;
  readonly queue: RequestQueue<PendingInfer>;
  readonly statistics: ModelStatistics;
}

let loads = 0;

/** @param defaultMaxQueue requests that may wait where the configuration names no limit. */
export function createServedModel(definition: ModelDefinition, defaultMaxQueue: number): ServedModel {
  loads += 1;
  return {
    key: `${definition.name}/${definition.version}#${loads}`,
    definition,
    queue: createRequestQueue(definition.batching, definition.maxBatchSize, defaultMaxQueue),
    statistics: createModelStatistics(),
  };
}
