import { createLogger, type Logger } from '#src/telemetry/logger.ts';
import { ConfigError, loadEncoderConfig, type EncoderConfig } from './config.ts';
import { createWorkerFleet } from './scheduling/worker-fleet.ts';

async function run(config: EncoderConfig, log: Logger): Promise<number> {
  const fleet = createWorkerFleet({
    size: config.TESSERA_ENCODER_WORKERS,
    executionTimeoutMs: config.TESSERA_ENCODER_EXECUTION_TIMEOUT_MS,
    log,
  });
  // Before gRPC is imported: a worker needs as long to start as all that follows here, and has a core of its own.
  fleet.start();
  const { serveEncoder } = await import('./serve-encoder.ts');
  return serveEncoder(config, fleet, log);
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
  const code = await run(config, log).catch((err: unknown) => {
    log.fatal({ err }, 'the encoder cannot run');
    return 1;
  });
  log.flush();
  process.exit(code);
}
