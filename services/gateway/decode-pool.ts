import type { ChildPool } from '#src/isolation/child-pool.ts';
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
