import { createLogger, type Logger } from '#src/telemetry/logger.ts';
import { composeGateway, type Gateway } from './compose.ts';
import { ConfigError, environmentNames, loadGatewayConfig, type GatewayConfig } from './config.ts';
import { listen, type Listener } from './listen.ts';
import { findUnknownVariables } from './unknown-variables.ts';

/** sysexits.h: the configuration is unusable; a supervisor need not try again. */
const exitConfig = 78;
/** The port is taken or something needed at start failed. */
const exitStartFailed = 1;
/** Requests were cut because they did not finish within TESSERA_SHUTDOWN_TIMEOUT_MS. */
const exitForced = 1;

/** One JSON line on standard output per event, for supervisors and tests; people read the log. */
function announce(event: Readonly<Record<string, string>>): void {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

function readConfig(): GatewayConfig {
  try {
    return loadGatewayConfig();
  } catch (thrown) {
    if (!(thrown instanceof ConfigError)) throw thrown;
    process.stderr.write(`The configuration cannot be used:\n${thrown.message}\n`);
    process.exit(exitConfig);
  }
}

/** Codes of a host that this machine has not. */
const hostCodes: readonly unknown[] = ['ENOTFOUND', 'EAI_AGAIN', 'EADDRNOTAVAIL'];

/** A host that cannot be listened on is a mistake in the configuration; a taken port is not. */
function toHostFault(thrown: unknown): unknown {
  return hostCodes.includes((thrown as { code?: unknown }).code)
    ? new ConfigError('TESSERA_HOST: this machine has no such address.', { cause: thrown })
    : thrown;
}

/** Says why in one line and ends: a stack trace helps nobody whose port is taken. */
function failStart(thrown: unknown): never {
  const reason = thrown instanceof Error ? thrown.message : String(thrown);
  process.stderr.write(`Tessera could not start: ${reason}\n`);
  process.exit(thrown instanceof ConfigError ? exitConfig : exitStartFailed);
}

/** Ends in order: readiness fails, a pause for load balancers, the listener closes, open requests finish, the rest is let go. */
async function drain(
  gateway: Gateway,
  listener: Listener,
  config: GatewayConfig,
  log: Logger,
): Promise<void> {
  log.info('draining');
  gateway.startDraining();
  listener.stopKeepAlive();
  const timer = setTimeout(() => {
    log.error('requests were still open at the end of the shutdown time');
    listener.destroy();
    process.exit(exitForced);
  }, config.TESSERA_SHUTDOWN_TIMEOUT_MS);
  // Streams may last for hours: half of the time is for those that end by themselves, the other half to end the rest in order.
  const windUpTimer = setTimeout(() => gateway.windUpStreams(), config.TESSERA_SHUTDOWN_TIMEOUT_MS / 2);
  await new Promise((resolve) => setTimeout(resolve, config.TESSERA_DRAIN_DELAY_MS));
  await listener.close();
  await gateway.close();
  clearTimeout(windUpTimer);
  clearTimeout(timer);
  log.info('stopped');
}

/**
 * Resolves when the process that started this one with an IPC channel (the command line, for itself) is gone, killed or not:
 * nobody would ever stop this one then. Never, where there is no such channel.
 */
function onceParentGone(): Promise<void> {
  return new Promise((resolve) => {
    if (process.connected) process.once('disconnect', resolve);
  });
}

/** The gateway process from start to exit code. */
export async function runGateway(): Promise<void> {
  const parentGone = onceParentGone();
  const config = readConfig();
  const log = createLogger('tessera-gateway', config.TESSERA_LOG_LEVEL);
  for (const { name, nearest } of findUnknownVariables(environmentNames())) {
    log.warn({ variable: name, nearest }, 'a variable is no setting of the gateway and has no effect');
  }
  const gateway = await composeGateway(config, log).catch(failStart);
  const listener = await listen(gateway.fetch, {
    host: config.TESSERA_HOST,
    port: config.TESSERA_PORT,
    requestTimeoutMs: config.TESSERA_REQUEST_TIMEOUT_MS,
    streamIdleTimeoutMs: config.TESSERA_STREAM_IDLE_TIMEOUT_MS,
    log,
  }).catch(async (thrown: unknown) => {
    await gateway.close();
    return failStart(toHostFault(thrown));
  });
  announce({ event: 'listening', url: listener.url });
  gateway.warmUp();
  void gateway.whenReady.then(() => {
    announce({ event: 'ready', url: listener.url });
    log.info({ url: listener.url, docs: `${listener.url}/docs` }, 'Tessera is ready');
  });

  let isStopping = false;
  const stop = (): void => {
    // A second signal means: now.
    if (isStopping) process.exit(exitForced);
    isStopping = true;
    void drain(gateway, listener, config, log).then(
      () => process.exit(0),
      (err: unknown) => {
        log.error({ err }, 'shutdown failed');
        process.exit(exitForced);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  void parentGone.then(stop);
}
