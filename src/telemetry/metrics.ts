import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { StageName } from './stage-timings.ts';

/** Seconds; from a pooled reply on a GPU (a few ms) to a bulk call on one CPU core (a minute). */
const durationBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
/** Powers of two: what batch sizes are chosen from. */
const batchBuckets = [1, 2, 4, 8, 16, 32, 64, 128];

/** Values read at scrape time, so that no code path has to keep a gauge up to date. */
export interface MetricSources {
  readonly queuedImages: () => number;
  readonly bufferedBytes: () => number;
  /** One row per encoder endpoint: 1 when healthy. */
  readonly endpoints: () => readonly { readonly target: string; readonly isHealthy: boolean }[];
  readonly models: () => readonly { readonly name: string; readonly isReady: boolean }[];
}

export interface Metrics {
  httpRequest(operation: string, status: number, durationMs: number): void;
  stage(stage: StageName, durationMs: number): void;
  batch(modelName: string, size: number, outcome: 'ok' | 'failed', inferMs: number): void;
  item(operation: string, outcome: string): void;
  /** Prometheus text exposition. */
  render(): Promise<string>;
  readonly contentType: string;
}

function registerSources(registry: Registry, sources: MetricSources): void {
  const gauge = (name: string, help: string, read: () => number): void => {
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  };
  gauge('tessera_batch_queue_images', 'Images waiting to be sent to an encoder.', sources.queuedImages);
  gauge('tessera_upload_buffered_bytes', 'Upload bytes held in memory.', sources.bufferedBytes);
  new Gauge({
    name: 'tessera_encoder_endpoint_up',
    help: 'Whether an encoder endpoint is healthy (1) or not (0).',
    labelNames: ['endpoint'],
    registers: [registry],
    collect() {
      sources
        .endpoints()
        .forEach(({ isHealthy }, index) => this.set({ endpoint: String(index) }, Number(isHealthy)));
    },
  });
  new Gauge({
    name: 'tessera_model_ready',
    help: 'Whether a model is ready (1) or not (0).',
    labelNames: ['model'],
    registers: [registry],
    collect() {
      for (const { name, isReady } of sources.models()) this.set({ model: name }, Number(isReady));
    },
  });
}

function createInstruments(registry: Registry) {
  const requests = new Counter({
    name: 'tessera_http_requests_total',
    help: 'HTTP requests by operation and status.',
    labelNames: ['operation', 'status'],
    registers: [registry],
  });
  const requestSeconds = new Histogram({
    name: 'tessera_http_request_duration_seconds',
    help: 'HTTP request duration.',
    labelNames: ['operation'],
    buckets: durationBuckets,
    registers: [registry],
  });
  const stageSeconds = new Histogram({
    name: 'tessera_stage_duration_seconds',
    help: 'Duration of one stage for one item.',
    labelNames: ['stage'],
    buckets: durationBuckets,
    registers: [registry],
  });
  const batchImages = new Histogram({
    name: 'tessera_batch_size_images',
    help: 'Images per call to an encoder.',
    labelNames: ['model'],
    buckets: batchBuckets,
    registers: [registry],
  });
  const batchSeconds = new Histogram({
    name: 'tessera_batch_duration_seconds',
    help: 'Duration of one call to an encoder.',
    labelNames: ['model', 'outcome'],
    buckets: durationBuckets,
    registers: [registry],
  });
  const items = new Counter({
    name: 'tessera_items_total',
    help: 'Items of analysis requests by outcome (ok or error code).',
    labelNames: ['operation', 'outcome'],
    registers: [registry],
  });
  return { requests, requestSeconds, stageSeconds, batchImages, batchSeconds, items };
}

/** The only place that names the gateway's metrics. Labels are operation ids, codes and model names: bounded, no identifiers. */
export function createMetrics(sources: MetricSources, version: string): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  registerSources(registry, sources);
  new Gauge({
    name: 'tessera_build_info',
    help: 'Version of the running build; always 1.',
    labelNames: ['version'],
    registers: [registry],
  }).set({ version }, 1);
  const { requests, requestSeconds, stageSeconds, batchImages, batchSeconds, items } =
    createInstruments(registry);
  return {
    httpRequest(operation, status, durationMs) {
      requests.inc({ operation, status: String(status) });
      requestSeconds.observe({ operation }, durationMs / 1000);
    },
    stage: (stage, durationMs) => stageSeconds.observe({ stage }, durationMs / 1000),
    batch(model, size, outcome, inferMs) {
      batchImages.observe({ model }, size);
      batchSeconds.observe({ model, outcome }, inferMs / 1000);
    },
    item: (operation, outcome) => items.inc({ operation, outcome }),
    render: () => registry.metrics(),
    contentType: registry.contentType,
  };
}
