import { spawn } from 'node:child_process';
import { splitLines } from '#src/isolation/split-lines.ts';

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
}

const keptErrorLength = 4000;
/** A process that is in a long native call does not hear SIGTERM. */
const killAfterMs = 3_000;

/**
 * Runs a program to its end. An abort ends the program first (SIGTERM, then SIGKILL) and then rejects with the signal's reason, so
 * that nothing goes on behind. Rejects with Node's error when the program cannot be started.
 */
export async function runChild(
  command: string,
  args: readonly string[],
  { env, signal, onErrorLine }: ChildOptions,
): Promise<ChildRun> {
  signal.throwIfAborted();
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
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
    return { exitCode, stdout, stderr: stderr.trim() };
  } finally {
    clearTimeout(killTimer);
    signal.removeEventListener('abort', onAbort);
  }
}
