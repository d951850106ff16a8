import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export interface ChildServer {
  /** What `readAddress` found. */
  readonly address: string;
  /** SIGTERM, then the end of the process (SIGKILL after `graceMs`); resolves with the exit code, null when killed. */
  stop(): Promise<number | null>;
}

export interface ChildServerOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Called with every line of stdout and stderr; the first defined result is the address, and the server is up. */
  readonly readAddress: (line: string) => string | undefined;
  readonly graceMs: number;
}

/** How much of the log an error shows. */
const keptLines = 40;

/** Starts a server process and resolves when it has said where it listens; rejects with its last lines when it ends first. */
export async function startChildServer(options: ChildServerOptions): Promise<ChildServer> {
  const child = spawn(options.command, options.args, { env: options.env, stdio: ['ignore', 'pipe', 'pipe'] });
  const exited = once(child, 'exit') as Promise<[number | null]>;
  // A test run that ends early must not leave servers behind.
  const killNow = (): void => void child.kill('SIGKILL');
  process.once('exit', killNow);
  void exited.then(() => process.off('exit', killNow));
  const lines: string[] = [];
  const listening = new Promise<string>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        lines.push(line);
        if (lines.length > keptLines) lines.shift();
        const address = options.readAddress(line);
        if (address !== undefined) resolve(address);
      });
    }
    child.once('error', reject);
    void exited.then(([code]) => {
      reject(new Error(`${options.command} ended with ${code} before it listened:\n${lines.join('\n')}`));
    });
  });
  const address = await listening;
  const stop = async (): Promise<number | null> => {
    const killer = setTimeout(() => child.kill('SIGKILL'), options.graceMs);
    child.kill('SIGTERM');
    const [code] = await exited;
    clearTimeout(killer);
    return code;
  };
  return { address, stop };
}
