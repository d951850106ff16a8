import { execFile, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { root } from './snippets.ts';

/** Runs a snippet in bash from the repository's root, as a reader would; resolves to its standard output. */
export function runSnippet(snippet: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { cwd: root, maxBuffer: 64 * 2 ** 20 };
    execFile('bash', ['-euo', 'pipefail', '-c', snippet], options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${snippet}\n${error.message}\n${stderr}`, { cause: error }));
    });
  });
}

export interface RunningSnippet {
  /** The event line for which the start waited. */
  readonly event: Readonly<Record<string, unknown>>;
  /** Interrupts the whole process group, as Ctrl-C in a terminal does; resolves when all of it is gone. */
  interrupt(): Promise<void>;
}

function parseEvent(line: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(line);
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** Starts a snippet that keeps running and resolves when it prints the JSON line of that event. */
export function startSnippet(
  snippet: string,
  eventName: string,
  env: Readonly<Record<string, string>>,
): Promise<RunningSnippet> {
  const child = spawn('bash', ['-euo', 'pipefail', '-c', snippet], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let errorText = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errorText = (errorText + text).slice(-4000);
  });
  const closed = new Promise<void>((resolve) => {
    child.once('close', () => {
      resolve();
    });
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    void closed.then(() => {
      reject(new Error(`${snippet}\nended before the event ${eventName}.\n${errorText}`));
    });
    createInterface({ input: child.stdout }).on('line', (line) => {
      const event = parseEvent(line);
      if (event['event'] !== eventName) return;
      resolve({
        event,
        interrupt() {
          process.kill(-child.pid!, 'SIGINT');
          return closed;
        },
      });
    });
  });
}
