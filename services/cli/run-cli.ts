import { CommanderError } from 'commander';
import { CliError } from './cli-error.ts';
import { loadCliConfig } from './config.ts';
import { createProgram } from './create-program.ts';
import { exitCodes } from './exit-codes.ts';
import { createTerminal } from './terminal.ts';

/** A reader of standard output that has gone (`tessera … | head`) is no error worth a stack trace. */
function endQuietlyOnClosedPipe(): void {
  process.stdout.on('error', (err: NodeJS.ErrnoException) => {
    if (err.code !== 'EPIPE') throw err;
    process.exit(exitCodes.failed);
  });
}

/**
 * Calls `stop` when the launcher (bin/tessera.js) is gone, killed or not: nobody would end this process then. Its channel alone
 * keeps nothing alive. Without a launcher there is no channel.
 */
function onceLauncherGone(stop: () => void): void {
  if ('connected' in process && !process.connected) stop();
  process.once('disconnect', stop);
  process.channel?.unref();
}

/** One line on standard error, or one JSON document with `--json`. */
function reportError(error: CliError, isJson: boolean): number {
  const { message, advice, exit, errors } = error;
  const exitCode = exitCodes[exit];
  const line = isJson
    ? JSON.stringify({
        error: { message, advice: advice ?? null, exitCode, ...(errors.length > 0 && { errors }) },
      })
    : `tessera: ${[message, advice].filter((part) => part !== undefined).join(' ')}`.replaceAll('\n', ' ');
  process.stderr.write(`${line}\n`);
  return exitCode;
}

function toCliError(thrown: unknown): CliError {
  if (thrown instanceof CliError) return thrown;
  if (thrown instanceof CommanderError) {
    return new CliError('usage', thrown.message.replace(/^error: /, ''), 'See tessera --help.', thrown);
  }
  const reason = thrown instanceof Error ? thrown.message : String(thrown);
  return new CliError('failed', reason, 'Run tessera doctor.', thrown);
}

/** A whole run of `tessera`, from its arguments to its exit code. */
export async function runCli(args: readonly string[]): Promise<number> {
  endQuietlyOnClosedPipe();
  const stopping = new AbortController();
  const stop = (): void => stopping.abort();
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  onceLauncherGone(stop);
  let exitCode: number = exitCodes.done;
  const program = createProgram(async (work) => {
    const terminal = createTerminal(program.opts<{ json?: true }>().json === true);
    exitCode = exitCodes[await work({ config: loadCliConfig(), terminal, signal: stopping.signal })];
  });
  try {
    await program.parseAsync([...args], { from: 'user' });
    return exitCode;
  } catch (thrown) {
    if (stopping.signal.aborted) return exitCodes.interrupted;
    // Help that was asked for is no error.
    if (thrown instanceof CommanderError && thrown.exitCode === 0) return exitCodes.done;
    // Without a command the help has been shown, on standard error.
    if (thrown instanceof CommanderError && thrown.code === 'commander.help') return exitCodes.usage;
    return reportError(toCliError(thrown), args.includes('--json'));
  } finally {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
    process.off('disconnect', stop);
  }
}
