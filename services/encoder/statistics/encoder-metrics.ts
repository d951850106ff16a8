import { Counter, Gauge, Registry } from 'prom-client';
import type { ServedModel } from '../scheduling/served-model.ts';
import type { EncoderWorker } from '../scheduling/encoder-worker.ts';
import { failureReasons, type StatisticsSnapshot } from './model-statistics.ts';

export interface MetricSources {
  readonly models: () => readonly ServedModel[];
  readonly workers: () => readonly EncoderWorker[];
}

const micros = (ns: number): number => ns / 1000;

/** Triton's counters that are one number of the statistics of a model. */
const modelCounters: readonly (readonly [string, string, (snapshot: StatisticsSnapshot) => number])[] = [
  [
    'nv_inference_request_success',
    'Requests that succeeded.',
    ({ inferenceStats }) => inferenceStats.success.count,
  ],
  ['nv_inference_count', 'Rows that were computed for successful requests.', (each) => each.inferenceCount],
  ['nv_inference_exec_count', 'Batches that were computed.', (each) => each.executionCount],
  [
    'nv_inference_request_duration_us',
    'Time of successful requests in the server.',
    ({ inferenceStats }) => micros(inferenceStats.success.ns),
  ],
  [
    'nv_inference_queue_duration_us',
    'Time of successful requests in the queue.',
    ({ inferenceStats }) => micros(inferenceStats.queue.ns),
  ],
  [
    'nv_inference_compute_input_duration_us',
    'Time of getting inputs to a worker and outputs back.',
    ({ inferenceStats }) => micros(inferenceStats.computeInput.ns),
  ],
  [
    'nv_inference_compute_infer_duration_us',
    'Time inside ONNX Runtime.',
    ({ inferenceStats }) => micros(inferenceStats.computeInfer.ns),
  ],
  [
    'nv_inference_compute_output_duration_us',
    'Time of taking batches apart.',
    ({ inferenceStats }) => micros(inferenceStats.computeOutput.ns),
  ],
];

function registerModels(registry: Registry, models: () => readonly ServedModel[]): void {
  const registers = [registry];
  const labelsOf = ({ definition }: ServedModel) => ({ model: definition.name, version: definition.version });
  for (const [name, help, read] of modelCounters) {
    new Counter({
      name,
      help,
      labelNames: ['model', 'version'],
      registers,
      collect() {
        this.reset();
        for (const model of models()) this.inc(labelsOf(model), read(model.statistics.snapshot()));
      },
    });
  }
  new Counter({
    name: 'nv_inference_request_failure',
    help: 'Requests that failed.',
    labelNames: ['model', 'version', 'reason'],
    registers,
    collect() {
      this.reset();
      for (const model of models()) {
        for (const reason of failureReasons) {
          this.inc({ ...labelsOf(model), reason }, model.statistics.failures(reason));
        }
      }
    },
  });
  new Gauge({
    name: 'nv_inference_pending_request_count',
    help: 'Requests that wait for a worker.',
    labelNames: ['model', 'version'],
    registers,
    collect() {
      this.reset();
      for (const model of models()) this.set(labelsOf(model), model.queue.size());
    },
  });
}

function registerWorkers(registry: Registry, workers: () => readonly EncoderWorker[]): void {
  const registers = [registry];
  const labelNames = ['worker'];
  new Counter({
    name: 'tessera_encoder_worker_restarts_total',
    help: 'Starts of a worker process after its first.',
    labelNames,
    registers,
    collect() {
      this.reset();
      for (const worker of workers()) this.inc({ worker: worker.index }, worker.stats().restarts);
    },
  });
  new Gauge({
    name: 'tessera_encoder_worker_rss_bytes',
    help: 'Resident memory of a worker process at its last reading.',
    labelNames,
    registers,
    collect() {
      this.reset();
      for (const worker of workers()) this.set({ worker: worker.index }, worker.stats().rssBytes ?? 0);
    },
  });
  new Gauge({
    name: 'tessera_encoder_worker_up',
    help: 'Whether a worker process is up (1) or not (0).',
    labelNames,
    registers,
    collect() {
      this.reset();
      for (const worker of workers()) this.set({ worker: worker.index }, Number(worker.isUp()));
    },
  });
}

/** The encoder's metrics, read from its statistics when they are asked for. Triton's names where it has them. */
export function createEncoderMetrics(sources: MetricSources): Registry {
  const registry = new Registry();
  registerModels(registry, sources.models);
  registerWorkers(registry, sources.workers);
  return registry;
}
