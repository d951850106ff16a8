import { createLogger, type Logger } from '#src/telemetry/logger.ts';
import { announce } from './announce.ts';
import { composeEncoder, type Encoder } from './compose.ts';
import { ConfigError, isLocalBind, loadEncoderConfig, type EncoderConfig } from './config.ts';
import { serveGrpc, type GrpcServer } from './rpc/serve-grpc.ts';
import { onceToldToStop } from './stop-signals.ts';

function warnOfOpenBinds(config: EncoderConfig, log: Logger): void {
  const binds = [config.TESSERA_ENCODER_BIND, config.TESSERA_ENCODER_METRICS_BIND];
  for (const bind of binds) {
    if (bind === undefined || isLocalBind(bind)) continue;
    log.warn({ bind }, 'the encoder has no access control: whoever reaches this address can use it');
  }
}

async function listenForMetrics(bind: string | undefined, { fleet, repository }: Encoder) {
  if (bind === undefined) return undefined;
  // Imported only where it is wanted: prom-client costs 25 ms of start time.
  const { serveMetrics } = await import('./statistics/serve-metrics.ts');
  const server = await serveMetrics(bind, { models: repository.ready, workers: fleet.workers });
  announce({ event: 'metrics-listening', address: server.address });
  return server;
}

/** @returns whether every call was answered in time. */
async function finishCalls(server: GrpcServer, timeoutMs: number): Promise<boolean> {
  const { promise: timedOut, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(false), timeoutMs);
  const isClean = await Promise.race([server.finish().then(() => true), timedOut]);
  clearTimeout(timer);
  if (!isClean) server.cut();
  return isClean;
}

/** Runs until told to stop. @returns the exit code: 0, or 1 when calls had to be cut or the start failed. */
async function serve(config: EncoderConfig, log: Logger): Promise<number> {
  const encoder = composeEncoder(config, log);
  // First of all: a worker needs as long to start as everything that follows.
  encoder.fleet.start();
  const server = await serveGrpc(config.TESSERA_ENCODER_BIND, config.TESSERA_ENCODER_MAX_MESSAGE_BYTES, {
    inference: encoder.inference,
    health: encoder.health.handlers,
  });
  announce({ event: 'listening', address: server.address });
  const loaded = encoder.repository.loadAll().then(encoder.health.notify);
  const metrics = await listenForMetrics(config.TESSERA_ENCODER_METRICS_BIND, encoder);
  warnOfOpenBinds(config, log);
  loaded.catch((err: unknown) => log.error({ err }, 'the model repository cannot be read'));

  const cause = await onceToldToStop(config.TESSERA_ENCODER_PARENT_STDIN);
  log.info({ cause }, 'draining');
  encoder.startDraining();
  encoder.health.close();
  const isClean = await finishCalls(server, config.TESSERA_SHUTDOWN_TIMEOUT_MS);
  if (!isClean) log.warn('calls were cut at the end of the shutdown time');
  metrics?.close();
  await encoder.fleet.close();
  return isClean ? 0 : 1;
}

/** The whole process, from its environment to its exit. */
export async function runEncoder(): Promise<never> {
  let config: EncoderConfig;
  try {
    config = loadEncoderConfig();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(2);
  }
  const log = createLogger('encoder', config.TESSERA_LOG_LEVEL);
  const code = await serve(config, log).catch((err: unknown) => {
    log.fatal({ err }, 'the encoder cannot run');
    return 1;
  });
  log.flush();
  process.exit(code);
}
