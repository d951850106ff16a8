import type { TritonClient } from '#src/infer/triton/create-triton-client.ts';
import type { Clock } from '#src/ports/clock.ts';
import type { Logger } from '#src/telemetry/logger.ts';
import type { EmbeddedEncoder } from './embedded-encoder.ts';

/** How often it is asked. */
const intervalMs = 2_000;
/** ServerLive is answered from memory; a process that needs longer on a busy machine still answers the second time. */
const timeoutMs = 5_000;
/** For so long after its start the client's breaker may still keep calls from a process that answers. */
const settleMs = 10_000;
/** One late answer may be a machine that slept. */
const maxMisses = 2;

export interface EncoderWatchDeps {
  readonly client: Pick<TritonClient, 'serverLive'>;
  readonly embedded: Pick<EmbeddedEncoder, 'listeningForMs' | 'replace'>;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Asks the embedded encoder whether it is alive and replaces it when it listens but does not answer: a process that is stopped or
 * stuck never exits by itself. Its calls fail at once then, and are repeated on its successor. Returns what ends the watch.
 */
export function watchEmbeddedEncoder({ client, embedded, clock, log }: EncoderWatchDeps): () => void {
  const stopping = new AbortController();
  let misses = 0;
  let cancelTimer = (): void => undefined;

  const ask = async (): Promise<void> => {
    const hasSettled = embedded.listeningForMs() >= settleMs;
    const ctx = { requestId: 'encoder-watch', signal: stopping.signal, deadlineMs: clock.now() + timeoutMs };
    const isAlive = await client.serverLive({}, ctx).then(
      ({ live }) => live,
      () => false,
    );
    if (stopping.signal.aborted) return;
    misses = isAlive || !hasSettled || embedded.listeningForMs() === 0 ? 0 : misses + 1;
    if (misses >= maxMisses) {
      log.error({ misses, timeoutMs }, 'the embedded encoder does not answer and is replaced');
      misses = 0;
      embedded.replace();
    }
    schedule();
  };
  const schedule = (): void => {
    cancelTimer = clock.after(intervalMs, () => void ask());
  };
  schedule();
  return () => {
    stopping.abort();
    cancelTimer();
  };
}
