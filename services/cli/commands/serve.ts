import { spawn } from 'node:child_process';
import { gatewayEntry } from '../client/gateway-entry.ts';
import { CliError } from '../cli-error.ts';
import type { CommandContext, CommandResult } from './context.ts';

const signals = ['SIGINT', 'SIGTERM'] as const;

/**
 * `tessera serve`: the gateway with the settings of the environment, in the foreground, until Ctrl-C or SIGTERM. It has time
 * then to finish its requests; a second signal ends it at once. Throws CliError `unavailable` when it ends by itself.
 */
export async function serve({ config, signal }: CommandContext): Promise<CommandResult> {
  signal.throwIfAborted();
  const child = spawn(process.execPath, [gatewayEntry], {
    env: { ...config.environment },
    // The channel tells the gateway when this process ends without having stopped it.
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    // A group of its own: Ctrl-C is for this process, or the gateway would take the two signals for "now".
    detached: true,
  });
  const stop = (): void => void child.kill('SIGTERM');
  const stopAndListenOn = (): void => {
    stop();
    for (const name of signals) process.on(name, stop);
  };
  signal.addEventListener('abort', stopAndListenOn, { once: true });
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  for (const name of signals) process.off(name, stop);
  if (exitCode === 0) return 'done';
  throw new CliError('unavailable', `The gateway ended with code ${exitCode}.`, 'Its own words stand above.');
}
