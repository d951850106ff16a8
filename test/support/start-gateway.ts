import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const root = join(import.meta.dirname, '../..');

export interface RunningGateway {
  /** `http://127.0.0.1:PORT`, the port being the one that was free. */
  readonly url: string;
  readonly pid: number;
  /** Sends SIGTERM; resolves to the exit code (-1 when a signal ended the process). Safe to call twice. */
  stop(): Promise<number>;
  /** Sends a signal to the gateway and all its children at once, as Ctrl-C and supervisors do; resolves to the exit code. */
  stopGroup(signal: NodeJS.Signals): Promise<number>;
}

export interface StartGatewayOptions {
  /** Variables on top of this process's own, whose TESSERA_ settings are left out. */
  readonly env?: Readonly<Record<string, string>>;
  /** Longest time until the default model answers. */
  readonly timeoutMs?: number;
}

/** The environment without the settings of whoever runs the test. */
const neutralEnvironment = (): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('TESSERA_')));

/** Reads a line of standard output as an event of the gateway; anything else is none. */
function parseEvent(line: string): { event?: unknown; url?: unknown } {
  try {
    const parsed: unknown = JSON.parse(line);
    return typeof parsed === 'object' && parsed !== null ? parsed : {};
  } catch {
    return {};
  }
}

/**
 * Starts the real gateway, as `npm start` does, on a free loopback port and resolves when it announces that it is ready.
 * Rejects with the end of its standard error when it exits first or is not ready in time.
 */
export function startGateway(options: StartGatewayOptions = {}): Promise<RunningGateway> {
  const { env = {}, timeoutMs = 30_000 } = options;
  const child = spawn(process.execPath, [join(root, 'services/gateway/main.ts')], {
    cwd: root,
    env: { ...neutralEnvironment(), TESSERA_PORT: '0', TESSERA_LOG_LEVEL: 'warn', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A process group of its own, so that stopGroup does not reach the test.
    detached: true,
  });
  let errorText = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errorText = (errorText + text).slice(-4000);
  });
  const exited = new Promise<number>((resolve) => {
    child.once('close', (code) => {
      resolve(code ?? -1);
    });
  });
  return new Promise((resolve, reject) => {
    const giveUp = (why: string): void => {
      child.kill('SIGKILL');
      reject(new Error(`The gateway ${why}.\n${errorText}`));
    };
    const timer = setTimeout(() => {
      giveUp(`was not ready within ${timeoutMs} ms`);
    }, timeoutMs);
    child.once('error', reject);
    void exited.then((code) => {
      clearTimeout(timer);
      reject(new Error(`The gateway ended with exit code ${code} before it was ready.\n${errorText}`));
    });
    createInterface({ input: child.stdout }).on('line', (line) => {
      const { event, url } = parseEvent(line);
      if (event !== 'ready' || typeof url !== 'string') return;
      clearTimeout(timer);
      resolve({
        url,
        pid: child.pid!,
        stop() {
          child.kill('SIGTERM');
          return exited;
        },
        stopGroup(signal) {
          process.kill(-child.pid!, signal);
          return exited;
        },
      });
    });
  });
}
