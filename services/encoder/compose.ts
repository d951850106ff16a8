import packageJson from '../../package.json' with { type: 'json' };
import { createSystemClock } from '#src/telemetry/system-clock.ts';
import type { Logger } from '#src/telemetry/logger.ts';
import { announce } from './announce.ts';
import type { EncoderConfig } from './config.ts';
import { admitModel } from './repository/admit-model.ts';
import { createModelRepository, type ModelRepository } from './repository/model-repository.ts';
import { createHealth, type Health } from './rpc/health-handlers.ts';
import { createInferenceHandlers } from './rpc/inference-handlers.ts';
import type { InferenceHandlers } from '#src/infer/triton/service-definition.ts';
import { createScheduler } from './scheduling/create-scheduler.ts';
import { loadOrder } from './scheduling/load-order.ts';
import type { ServedModel } from './scheduling/served-model.ts';
import type { WorkerFleet } from './scheduling/worker-fleet.ts';

export interface Encoder {
  readonly repository: ModelRepository;
  readonly health: Health;
  readonly inference: InferenceHandlers;
  /** From now on no inference is accepted and every readiness question is answered no. */
  readonly startDraining: () => void;
}

/** Refuses what may not be served. The reason also stands in the RepositoryIndex; here the operator sees it without asking. */
async function admit({ definition }: ServedModel, log: Logger): Promise<void> {
  const { name: model, version } = definition;
  const startMs = performance.now();
  try {
    const isCompared = await admitModel(definition);
    const checkMs = Math.round(performance.now() - startMs);
    if (isCompared) log.debug({ model, version, checkMs }, 'the files are those of export.json');
    else log.warn({ model, version }, 'no export.json lies beside the model: its files were not compared');
  } catch (err) {
    const reason = err instanceof Error ? err.message : String(err);
    log.error({ model, version, reason }, 'the model is not served');
    throw err;
  }
}

/** Puts the encoder together around its workers: scheduler, repository, handlers. Starts nothing. */
export function composeEncoder(config: EncoderConfig, fleet: WorkerFleet, log: Logger): Encoder {
  let isDraining = false;
  const scheduler = createScheduler({
    clock: createSystemClock(),
    log,
    onWork: fleet.kick,
    liveWorkers: fleet.liveCount,
  });
  fleet.feedFrom(scheduler.dispatch);
  const repository = createModelRepository(config.TESSERA_MODEL_DIR, {
    defaultMaxQueue: config.TESSERA_ENCODER_MAX_QUEUE,
    bringUp: async (model, cost) => {
      await admit(model, log);
      await fleet.load(loadOrder(model, config.TESSERA_ENCODER_ROWS_PER_RUN), cost);
    },
    takeDown: async (model) => {
      await scheduler.idle(model);
      fleet.unload(model.key);
    },
    onReady: ({ definition: { name, version } }) => announce({ event: 'model-ready', model: name, version }),
  });
  const isReady = (): boolean => !isDraining && repository.isSettled();
  const health = createHealth(isReady);
  const inference = createInferenceHandlers({
    repository,
    scheduler,
    version: packageJson.version,
    workers: config.TESSERA_ENCODER_WORKERS,
    isReady,
    isDraining: () => isDraining,
    onInternal: (error) => log.error({ err: error }, 'unexpected error in a call'),
  });
  return {
    repository,
    health,
    inference,
    startDraining: () => {
      isDraining = true;
      health.notify();
    },
  };
}
