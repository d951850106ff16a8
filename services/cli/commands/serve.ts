import { spawn } from 'node:child_process';
import { gatewayEntry } from '../client/gateway-entry.ts';
import { CliError } from '../cli-error.ts';
import type { CommandContext, CommandResult } from './context.ts';

const signals = ['SIGINT', 'SIGTERM'] as const;
/** Signals so soon after the first are the same one: Ctrl-C reaches this process, and once more by way of the launcher. */
const sameSignalMs = 1_000;

/**
 * `tessera serve`: the gateway with the settings of the environment, in the foreground, until Ctrl-C or SIGTERM. It has time
 * then to finish its requests; a second signal ends it at once. Throws CliError `unavailable` when it ends by itself.
 */
export async function serve({ config, signal }: CommandContext): Promise<CommandResult> {
  signal.throwIfAborted();
  const child = spawn(process.execPath, [gatewayEntry], {
    // All of it: this is the gateway whose environment the user has set up, as with npm start, and no helper of a command.
    env: { ...config.environment },
    // The channel tells the gateway when this process ends without having stopped it.
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    // A group of its own: Ctrl-C is for this process, or the gateway would take the two signals for "now".
    detached: true,
  });
  const stop = (): void => void child.kill('SIGTERM');
  let stoppedAtMs = 0;
  const stopNow = (): void => {
    if (performance.now() - stoppedAtMs >= sameSignalMs) stop();
  };
  const stopAndListenOn = (): void => {
    stoppedAtMs = performance.now();
    stop();
    for (const name of signals) process.on(name, stopNow);
  };
  signal.addEventListener('abort', stopAndListenOn, { once: true });
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  for (const name of signals) process.off(name, stopNow);
  if (exitCode === 0) return 'done';
  throw new CliError('unavailable', `The gateway ended with code ${exitCode}.`, 'Its own words stand above.');
}
