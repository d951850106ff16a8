import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createRestartPolicy } from '#src/isolation/restart-policy.ts';
import { splitLines } from '#src/isolation/split-lines.ts';
import type { Clock } from '#src/ports/clock.ts';
import type { Logger } from '#src/telemetry/logger.ts';

const entry = fileURLToPath(new URL('../encoder/main.ts', import.meta.url));

/** Longest time from the word to its end. Nothing is in work then, so a process that is still there is stuck. */
const closeTimeoutMs = 5_000;

export interface EmbeddedEncoderOptions {
  readonly modelDir: string;
  readonly workers: number | undefined;
  readonly logLevel: string;
  /** Longest time of one batch in a worker, which is killed then. */
  readonly executionTimeoutMs: number;
  readonly log: Logger;
  readonly clock: Clock;
  /** Told each time the encoder begins to listen or a model of it becomes ready: a good time to ask it again. */
  readonly onProgress: () => void;
}

export interface EmbeddedEncoder {
  /** gRPC target; the same over restarts, so that the client needs no news. */
  readonly target: string;
  /** Milliseconds since the process that runs now began to listen; 0 before that, and while there is none. */
  listeningForMs(): number;
  /** Kills the process that runs now, whatever it does; another takes its place. */
  replace(): void;
  /** Asks it to finish and resolves when it is gone. */
  close(): Promise<void>;
}

/** The variables that the encoder may see: never the gateway's keys. */
function childEnvironment(options: EmbeddedEncoderOptions, socketPath: string): Record<string, string> {
  return {
    TESSERA_MODEL_DIR: options.modelDir,
    TESSERA_ENCODER_BIND: `unix:${socketPath}`,
    TESSERA_ENCODER_PARENT_STDIN: '1',
    TESSERA_ENCODER_EXECUTION_TIMEOUT_MS: String(options.executionTimeoutMs),
    TESSERA_LOG_LEVEL: options.logLevel,
    ...(options.workers === undefined ? {} : { TESSERA_ENCODER_WORKERS: String(options.workers) }),
  };
}

/**
 * Runs the embedded encoder as a child process on a Unix socket in a private folder (no port to find or to take), and starts
 * it again with back-off when it dies. It ends by itself when this process does: its standard input closes.
 */
export async function startEmbeddedEncoder(options: EmbeddedEncoderOptions): Promise<EmbeddedEncoder> {
  const { log, clock } = options;
  const folder = await mkdtemp(join(tmpdir(), 'tessera-'));
  const socketPath = join(folder, 'encoder.sock');
  const restarts = createRestartPolicy({ baseMs: 200, maxMs: 5_000 });
  let child: ChildProcess;
  let listeningSinceMs: number | undefined;
  let isClosing = false;
  let cancelRestart = (): void => undefined;
  let noteGone = (): void => undefined;
  const gone = new Promise<void>((resolve) => (noteGone = resolve));

  const onLine = (line: string): void => {
    listeningSinceMs ??= clock.monotonicMs();
    restarts.noteReady();
    if (line.includes('"model-ready"')) restarts.noteSuccess();
    options.onProgress();
  };
  const start = (): void => {
    child = spawn(process.execPath, [entry], {
      env: childEnvironment(options, socketPath),
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    splitLines(child.stdout!, onLine);
    // A write to a dead child's stdin is no news: its exit is.
    child.stdin!.on('error', () => undefined);
    child.on('error', (err) => log.error({ err }, 'the embedded encoder could not be started'));
    child.once('close', (code, signal) => {
      if (isClosing) {
        noteGone();
        return;
      }
      const delayMs = restarts.delayAfterExitMs('crashed', listeningSinceMs !== undefined);
      listeningSinceMs = undefined;
      log.error({ code, signal, delayMs }, 'the embedded encoder ended and is started again');
      cancelRestart = clock.after(delayMs, start);
    });
  };
  start();

  return {
    target: `unix:${socketPath}`,
    listeningForMs: () => (listeningSinceMs === undefined ? 0 : clock.monotonicMs() - listeningSinceMs),
    replace: () => void child.kill('SIGKILL'),
    async close() {
      isClosing = true;
      cancelRestart();
      if (child.exitCode === null && child.signalCode === null) {
        child.stdin!.end();
        const cancelKill = clock.after(closeTimeoutMs, () => child.kill('SIGKILL'));
        await gone;
        cancelKill();
      }
      await rm(folder, { recursive: true, force: true });
    },
  };
}
