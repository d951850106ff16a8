import { setTimeout as pause } from 'node:timers/promises';

/**
 * Resolves when `isTrue` says so, asking every 10 ms: for conditions that nothing announces (another process's metrics, /proc).
 * Rejects after `timeoutMs` with `what`.
 */
export async function until(
  what: string,
  isTrue: () => boolean | Promise<boolean>,
  timeoutMs = 20_000,
): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (!(await isTrue())) {
    if (performance.now() > end) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await pause(10);
  }
}
