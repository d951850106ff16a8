import { spawn } from 'node:child_process';
import { splitLines } from '#src/isolation/split-lines.ts';
import { CliError } from '../cli-error.ts';

export interface ChildRun {
  /** null: ended by a signal. */
  readonly exitCode: number | null;
  readonly stdout: string;
  /** Its last lines. */
  readonly stderr: string;
}

export interface ChildOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  /** Told each line of standard error. */
  readonly onErrorLine?: (line: string) => void;
  /** How long a process has after SIGTERM. */
  readonly killAfterMs?: number;
}

const keptErrorLength = 4000;
/** A process that is in a long native call does not hear SIGTERM. */
const defaultKillAfterMs = 3_000;
/** The figures of an export are a few kB. */
const maxStdoutLength = 4 * 1024 * 1024;

/**
 * Runs a program to its end. An abort ends the program first (SIGTERM, then SIGKILL) and then rejects with the signal's reason, so
 * that nothing goes on behind. Rejects with Node's error when the program cannot be started, and with CliError when it prints without
 * end, after it was killed.
 */
export async function runChild(
  command: string,
  args: readonly string[],
  { env, signal, onErrorLine, killAfterMs = defaultKillAfterMs }: ChildOptions,
): Promise<ChildRun> {
  signal.throwIfAborted();
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (stdout.length <= maxStdoutLength) stdout += text;
    if (stdout.length > maxStdoutLength) child.kill('SIGKILL');
  });
  splitLines(child.stderr, (line) => {
    stderr = `${stderr}${line}\n`.slice(-keptErrorLength);
    onErrorLine?.(line);
  });
  let killTimer: NodeJS.Timeout | undefined;
  const onAbort = (): void => {
    child.kill('SIGTERM');
    killTimer = setTimeout(() => child.kill('SIGKILL'), killAfterMs);
  };
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    const exitCode = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => resolve(code));
    });
    signal.throwIfAborted();
    if (stdout.length > maxStdoutLength) {
      throw new CliError(
        'failed',
        `${command} prints more than ${maxStdoutLength} characters; it was ended.`,
      );
    }
    return { exitCode, stdout, stderr: stderr.trim() };
  } finally {
    clearTimeout(killTimer);
    signal.removeEventListener('abort', onAbort);
  }
}
