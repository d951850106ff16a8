import type { ChildPool } from '#src/isolation/child-pool.ts';
import { ChildTaskError } from '#src/isolation/child-task-error.ts';
import { createChildPool } from '#src/isolation/create-child-pool.ts';
import type { Clock } from '#src/ports/clock.ts';
import type { Logger } from '#src/telemetry/logger.ts';
import type { GatewayConfig } from './config.ts';

/** The processes in which uploads are decoded and preprocessed; they start when the first one is needed. */
export function createDecodePool(config: GatewayConfig, clock: Clock, log: Logger): ChildPool {
  return createChildPool({
    entry: new URL('./prepare/main.ts', import.meta.url),
    name: 'prepare',
    size: config.TESSERA_DECODE_PROCESSES,
    taskTimeoutMs: config.TESSERA_DECODE_TIMEOUT_MS,
    maxRssBytes: config.TESSERA_DECODE_MAX_RSS_BYTES,
    maxQueue: 1024,
    // A native call cannot be stopped from within; nobody waits for its answer any more.
    onCancel: 'ignore',
    clock,
    onEvent: (event) => {
      if (event.type === 'exited' && event.reason !== 'closed') log.warn(event, 'a decoding process ended');
      if (event.type === 'output')
        log.warn({ pid: event.pid, line: event.line }, 'output of a decoding process');
    },
  });
}

/** Starts the first process, so that the first upload does not wait for it. That it cannot is logged; /readyz tells it too. */
export function warmUpDecoding(pool: ChildPool, log: Logger): void {
  pool.start(1).catch((err: unknown) => {
    // Stopped before it had started: no news.
    if (err instanceof ChildTaskError && err.kind === 'closed') return;
    log.warn({ err }, 'a decoding process cannot start');
  });
}
