import { spawn } from 'node:child_process';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { splitLines } from '#src/isolation/split-lines.ts';
import { childEnvironment } from '../child-environment.ts';
import { CliError } from '../cli-error.ts';
import type { CliConfig } from '../config.ts';

export interface OpenEncoder {
  /** gRPC target. */
  readonly target: string;
  /** Ends the encoder if it was started here; resolves when it is gone. */
  close(): Promise<void>;
}

const entry = fileURLToPath(new URL('../../encoder/main.ts', import.meta.url));
const keptErrorLength = 2000;

/**
 * Starts the real embedded encoder over the named models of the model folder, and over no others, on a socket in a private folder;
 * resolves when it listens. Its end follows that of this process: its standard input closes. Throws CliError `unavailable`.
 */
export async function openEncoder(
  config: CliConfig,
  models: readonly string[],
  signal: AbortSignal,
): Promise<OpenEncoder> {
  signal.throwIfAborted();
  const folder = await mkdtemp(join(tmpdir(), 'tessera-verify-'));
  for (const name of models) await symlink(resolve(config.modelDir, name), join(folder, name));
  const target = `unix:${join(folder, 'encoder.sock')}`;
  const child = spawn(process.execPath, [entry], {
    env: {
      ...childEnvironment(config.environment),
      TESSERA_MODEL_DIR: folder,
      TESSERA_ENCODER_BIND: target,
      TESSERA_ENCODER_PARENT_STDIN: '1',
      TESSERA_ENCODER_WORKERS: '1',
      TESSERA_LOG_LEVEL: 'silent',
    },
    stdio: ['pipe', 'pipe', 'pipe'],
    // A group of its own: Ctrl-C is for this process, which then ends the encoder.
    detached: true,
  });
  let errorText = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errorText = (errorText + text).slice(-keptErrorLength);
  });
  child.stdin.on('error', () => undefined);
  const exited = new Promise<void>((done) => child.once('close', () => done()));
  const close = async (): Promise<void> => {
    child.stdin.end();
    await exited;
    await rm(folder, { recursive: true, force: true });
  };
  const listening = new Promise<void>((done, reject) => {
    const fail = (): void =>
      reject(new CliError('unavailable', `The encoder ended. ${errorText.trim()}`, 'Run tessera doctor.'));
    child.once('error', fail);
    void exited.then(fail);
    splitLines(child.stdout, (line) => line.includes('"listening"') && done());
  });
  try {
    await listening;
    return { target, close };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}
