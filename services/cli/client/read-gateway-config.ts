import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gatewayEnvironment } from '../child-environment.ts';
import { CliError } from '../cli-error.ts';
import type { CliConfig } from '../config.ts';

const entry = fileURLToPath(new URL('../../gateway/print-config.ts', import.meta.url));

/**
 * The configuration that a gateway started here would have, redacted, by the names of its variables: asked from the gateway's own
 * code in a process of its own. Throws CliError `failed`, naming the variables at fault.
 */
export async function readGatewayConfig(
  config: CliConfig,
  signal: AbortSignal,
): Promise<Readonly<Record<string, unknown>>> {
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [entry], {
      env: gatewayEnvironment(config.environment),
      signal,
    });
    return JSON.parse(stdout) as Record<string, unknown>;
  } catch (thrown) {
    if (signal.aborted) throw thrown;
    const { stderr = '' } = thrown as { stderr?: string };
    const reason = stderr.trim().replaceAll('\n', '; ');
    throw new CliError(
      'failed',
      `The configuration cannot be used: ${reason}`,
      'Correct the variable.',
      thrown,
    );
  }
}
