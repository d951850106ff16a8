import { rmdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Logger } from '#src/telemetry/logger.ts';
import { announce } from './announce.ts';
import { composeEncoder, type Encoder } from './compose.ts';
import { isLocalBind, type EncoderConfig } from './config.ts';
import { serveGrpc, type GrpcServer } from './rpc/serve-grpc.ts';
import type { WorkerFleet } from './scheduling/worker-fleet.ts';
import { onceToldToStop } from './stop-signals.ts';

function warnOfOpenBinds(config: EncoderConfig, log: Logger): void {
  const binds = [config.TESSERA_ENCODER_BIND, config.TESSERA_ENCODER_METRICS_BIND];
  for (const bind of binds) {
    if (bind === undefined || isLocalBind(bind)) continue;
    log.warn({ bind }, 'the encoder has no access control: whoever reaches this address can use it');
  }
}

async function listenForMetrics(bind: string | undefined, { repository }: Encoder, fleet: WorkerFleet) {
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

/** The parent made the folder for the socket alone, and may have been killed before it could remove it. */
async function removeSocketFolder(address: string): Promise<void> {
  if (!address.startsWith('unix:')) return;
  // Fails where anything else lies in it, and then it is not ours to remove.
  await rmdir(dirname(address.slice('unix:'.length))).catch(() => undefined);
}

/** Serves until told to stop. @returns the exit code: 0, or 1 when calls had to be cut. Rejects when it cannot listen. */
export async function serveEncoder(config: EncoderConfig, fleet: WorkerFleet, log: Logger): Promise<number> {
  const encoder = composeEncoder(config, fleet, log);
  const server = await serveGrpc(config.TESSERA_ENCODER_BIND, config.TESSERA_ENCODER_MAX_MESSAGE_BYTES, {
    inference: encoder.inference,
    health: encoder.health.handlers,
  });
  announce({ event: 'listening', address: server.address });
  const loaded = encoder.repository.loadAll().then(encoder.health.notify);
  const metrics = await listenForMetrics(config.TESSERA_ENCODER_METRICS_BIND, encoder, fleet);
  warnOfOpenBinds(config, log);
  loaded.catch((err: unknown) => log.error({ err }, 'the model repository cannot be read'));

  const cause = await onceToldToStop(config.TESSERA_ENCODER_PARENT_STDIN);
  log.info({ cause }, 'draining');
  encoder.startDraining();
  encoder.health.close();
  const isClean = await finishCalls(server, config.TESSERA_SHUTDOWN_TIMEOUT_MS);
  if (!isClean) log.warn('calls were cut at the end of the shutdown time');
  metrics?.close();
  await fleet.close();
  if (config.TESSERA_ENCODER_PARENT_STDIN) await removeSocketFolder(server.address);
  return isClean ? 0 : 1;
}
