import { join } from 'node:path';
import { AppError } from '#src/domain/app-error.ts';
import type { ModelSpec } from '#src/domain/model-spec.ts';
import { createBatchingEncoder, type BatchingEncoder } from '#src/infer/batching/create-batching-encoder.ts';
import { findHeadGateFault } from '#src/infer/repository/find-head-gate-fault.ts';
import { findLicenceText, noLicenceText } from '#src/infer/repository/find-licence-text.ts';
import { loadModelSpecs } from '#src/infer/specs/load-model-specs.ts';
import { createTritonClient, type TritonClient } from '#src/infer/triton/create-triton-client.ts';
import { createTritonEncoder, type TritonEncoder } from '#src/infer/triton/create-triton-encoder.ts';
import type { Clock } from '#src/ports/clock.ts';
import type { Logger } from '#src/telemetry/logger.ts';
import type { Metrics } from '#src/telemetry/metrics.ts';
import { ConfigError, type GatewayConfig } from './config.ts';
import { startEmbeddedEncoder, type EmbeddedEncoder } from './embedded-encoder.ts';
import { readEncoderTls } from './encoder-tls.ts';
import { watchEmbeddedEncoder } from './watch-embedded-encoder.ts';

/** On one CPU core a 224² image takes some 16 ms: a batch of 8 makes a newcomer wait 130 ms at most, a batch of 32 half a second. */
const embeddedBatchImages = 8;

/** Why a model may not be served, whatever server has it, and what to do; undefined when it may. */
async function findRefusal(
  modelDir: string,
  { name, version, precision }: ModelSpec,
): Promise<{ readonly reason: string; readonly advice: string } | undefined> {
  const folder = join(modelDir, name);
  if ((await findLicenceText(folder)) === undefined) {
    return { reason: noLicenceText, advice: 'Put it there as LICENSE.' };
  }
  const reason = await findHeadGateFault(join(folder, version), precision);
  return reason === undefined ? undefined : { reason, advice: 'Export it again with --head-data.' };
}

/** Models that may not be served, by name, and why. The others go on; without the default one there is no start. */
async function refuseModels(
  config: GatewayConfig,
  specs: readonly ModelSpec[],
  log: Logger,
): Promise<ReadonlyMap<string, string>> {
  const refusals = new Map<string, string>();
  for (const spec of specs) {
    const { name, licence } = spec;
    const refusal = await findRefusal(config.TESSERA_MODEL_DIR, spec);
    if (refusal === undefined) continue;
    const { reason, advice } = refusal;
    if (name === config.TESSERA_DEFAULT_MODEL) {
      throw new ConfigError(`TESSERA_DEFAULT_MODEL: ${reason}. ${advice}`);
    }
    refusals.set(name, reason);
    log.error({ model: name, licence: licence.name, reason }, 'the model is not served');
  }
  return refusals;
}

/** Everything between a model input and a token. */
export interface EncoderSide {
  readonly client: TritonClient;
  readonly triton: TritonEncoder;
  readonly embedded: Pick<EmbeddedEncoder, 'close'> | undefined;
}

/** Connects to the configured servers, or starts the embedded encoder and connects to that. */
export async function createEncoderSide(
  config: GatewayConfig,
  clock: Clock,
  log: Logger,
): Promise<EncoderSide> {
  const specs = await loadModelSpecs(config.TESSERA_MODEL_DIR).catch((cause: unknown) => {
    const reason = cause instanceof AppError ? cause.detail : 'the folder cannot be read';
    throw new ConfigError(`TESSERA_MODEL_DIR: ${reason}`, { cause });
  });
  if (!specs.some(({ name }) => name === config.TESSERA_DEFAULT_MODEL)) {
    throw new ConfigError(`TESSERA_DEFAULT_MODEL: the model folder has no spec of that name.`);
  }
  const refusals = await refuseModels(config, specs, log);
  let refresh = (): void => undefined;
  const embedded =
    config.TESSERA_ENCODER_URLS.length > 0
      ? undefined
      : await startEmbeddedEncoder({
          modelDir: config.TESSERA_MODEL_DIR,
          workers: config.TESSERA_ENCODER_WORKERS,
          // Half of a request's time: the other half is for another worker to do it.
          executionTimeoutMs: Math.max(1, Math.floor(config.TESSERA_REQUEST_TIMEOUT_MS / 2)),
          logLevel: config.TESSERA_LOG_LEVEL,
          log,
          clock,
          onProgress: () => refresh(),
        });
  const tls = await readEncoderTls(config);
  const client = createTritonClient({
    targets: embedded === undefined ? config.TESSERA_ENCODER_URLS : [embedded.target],
    clock,
    logger: log,
    metadata: config.TESSERA_ENCODER_METADATA,
    tuning: { channelsPerEndpoint: config.TESSERA_ENCODER_CHANNELS },
    ...(tls !== undefined && { tls }),
  });
  const triton = createTritonEncoder({ client, specs, refusals, clock, logger: log });
  refresh = () => void triton.refresh();
  triton.start();
  if (embedded === undefined) return { client, triton, embedded };
  const stopWatch = watchEmbeddedEncoder({ client, embedded, clock, log });
  const close = (): Promise<void> => {
    stopWatch();
    return embedded.close();
  };
  return { client, triton, embedded: { close } };
}

/** The batcher in front of the servers. */
export function createBatcher(
  config: GatewayConfig,
  side: EncoderSide,
  clock: Clock,
  metrics: () => Metrics,
): BatchingEncoder {
  const configured =
    config.TESSERA_BATCH_MAX_IMAGES ?? (side.embedded === undefined ? Infinity : embeddedBatchImages);
  return createBatchingEncoder({
    encoder: side.triton.encoder,
    maxBatchSize: (name) => Math.min(configured, side.triton.catalogue.find(name)?.spec.maxBatchSize ?? 1),
    clock,
    windowMs: config.TESSERA_BATCH_WINDOW_MS,
    maxQueuedImages: config.TESSERA_BATCH_QUEUE_IMAGES,
    inFlightPerInstance: config.TESSERA_BATCHES_PER_INSTANCE,
    onBatch: (report) =>
      metrics().batch(
        report.modelName,
        report.batchSize,
        report.error === undefined ? 'ok' : 'failed',
        report.inferMs,
      ),
  });
}
