import { readFileSync } from 'node:fs';
import type { Provenance } from '#src/domain/provenance.ts';
import { createApp } from '#src/http/create-app.ts';
import type { AppDeps, HttpLimits, StreamLimits } from '#src/http/deps.ts';
import { createByteBudget, type ByteBudget } from '#src/http/input/byte-budget.ts';
import type { BatchingEncoder } from '#src/infer/batching/create-batching-encoder.ts';
import { createClassifyImages } from '#src/pipeline/classify-images.ts';
import { createExtractFeatures } from '#src/pipeline/extract-features.ts';
import { createEmbedImages, type EmbedImagesDeps } from '#src/pipeline/embed-images.ts';
import { createPooledPreparer } from '#src/pipeline/prepare/create-pooled-preparer.ts';
import { createProvenance } from '#src/pipeline/provenance.ts';
import type { ServedModel } from '#src/ports/encoder.ts';
import type { Logger } from '#src/telemetry/logger.ts';
import { createMetrics, type MetricSources } from '#src/telemetry/metrics.ts';
import { createSystemClock } from '#src/telemetry/system-clock.ts';
import type { GatewayConfig } from './config.ts';
import { createDecodePool, warmUpDecoding } from './decode-pool.ts';
import { dependencyStates } from './dependency-states.ts';
import { readDocsAsset } from './docs-assets.ts';
import { createDraining, type Draining } from './draining.ts';
import { createBatcher, createEncoderSide, type EncoderSide } from './encoder-side.ts';
import { openOverflowFile } from './overflow-file.ts';
import { createRemoteFiles } from './remote-files.ts';

/** Items of one request in work at once: fills two batches per instance on small machines, bounds decoded pixels in memory. */
const itemConcurrency = 32;

export interface Gateway extends Pick<Draining, 'startDraining' | 'windUpStreams'> {
  readonly fetch: (request: Request) => Response | Promise<Response>;
  /** Resolves when the default model can be used for the first time. */
  readonly whenReady: Promise<void>;
  /** Starts the first decoding process, so that the first upload does not wait for it. */
  warmUp(): void;
  /** Lets go of everything; to be called when no request is open. */
  close(): Promise<void>;
}

const packageVersion = (): string => {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
};

const httpLimits = (config: GatewayConfig): HttpLimits => ({
  maxRequestBytes: config.TESSERA_MAX_REQUEST_BYTES,
  maxFileBytes: config.TESSERA_MAX_FILE_BYTES,
  maxItems: config.TESSERA_MAX_ITEMS,
  requestTimeoutMs: config.TESSERA_REQUEST_TIMEOUT_MS,
});

const streamLimits = (config: GatewayConfig): StreamLimits => ({
  maxItems: config.TESSERA_MAX_STREAM_ITEMS,
  idleTimeoutMs: config.TESSERA_STREAM_IDLE_TIMEOUT_MS,
  // Several streams at once leave room for single calls.
  maxHeldBytes: Math.floor(config.TESSERA_MAX_BUFFERED_BYTES / 8),
});

function metricSources(
  { client, triton }: EncoderSide,
  batcher: BatchingEncoder,
  budget: ByteBudget,
): MetricSources {
  return {
    queuedImages: () => batcher.stats().queuedImages,
    bufferedBytes: () => budget.usedBytes(),
    endpoints: () =>
      client.endpoints().map(({ target, state }) => ({ target, isHealthy: state === 'healthy' })),
    models: () => triton.catalogue.list().map(({ spec, isReady }) => ({ name: spec.name, isReady })),
  };
}

const defaultProvenance = (model: ServedModel): Provenance =>
  createProvenance(model, { pooling: 'cls', normalize: true, resize: 'stretch' });

const useCases = (config: GatewayConfig, stages: EmbedImagesDeps) => ({
  embedImages: createEmbedImages(stages),
  classifyImages: createClassifyImages(stages),
  extractFeatures: createExtractFeatures({ ...stages, maxFeatureBytes: config.TESSERA_MAX_FEATURE_BYTES }),
});

/** Everything put together, once. Rejects when something that is needed at start is missing (model specs, TLS files). */
export async function composeGateway(config: GatewayConfig, log: Logger): Promise<Gateway> {
  const clock = createSystemClock();
  const side = await createEncoderSide(config, clock, log);
  const { client, triton, embedded } = side;
  const pool = createDecodePool(config, clock, log);
  const budget = createByteBudget(config.TESSERA_MAX_BUFFERED_BYTES);
  const remote = createRemoteFiles(config, clock);
  const batcher = createBatcher(config, side, clock, () => metrics);
  const version = packageVersion();
  const metrics = createMetrics(metricSources(side, batcher, budget), version);
  const defaultModel = config.TESSERA_DEFAULT_MODEL;
  const stages = {
    preparer: createPooledPreparer(pool, clock),
    encoder: batcher,
    clock,
    limits: { maxPixels: config.TESSERA_MAX_PIXELS, maxBytes: config.TESSERA_MAX_FILE_BYTES },
    catalogue: triton.catalogue,
    defaultModel,
    itemConcurrency,
  };
  const draining = createDraining();
  const deps: AppDeps = {
    ...useCases(config, stages),
    catalogue: triton.catalogue,
    defaultModel,
    defaultProvenance,
    dependencies: () => dependencyStates(side, pool),
    isDraining: draining.isDraining,
    windUp: draining.windUp,
    budget,
    remote,
    limits: httpLimits(config),
    streamLimits: streamLimits(config),
    openOverflow: openOverflowFile,
    maxPixels: config.TESSERA_MAX_PIXELS,
    access: { keyDigests: config.TESSERA_API_KEYS },
    clock,
    log,
    metrics,
    version: { name: 'tessera', version, commit: config.TESSERA_BUILD_COMMIT, node: process.versions.node },
    docsAsset: readDocsAsset,
  };
  const app = createApp(deps);
  return {
    fetch: (request) => app.fetch(request),
    whenReady: triton.whenReady(defaultModel),
    warmUp: () => warmUpDecoding(pool, log),
    startDraining: draining.startDraining,
    windUpStreams: draining.windUpStreams,
    async close() {
      batcher.close();
      await batcher.drain();
      triton.close();
      client.close();
      remote.close();
      await Promise.all([pool.close(), embedded?.close()]);
    },
  };
}
