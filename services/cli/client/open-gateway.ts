import { spawn } from 'node:child_process';
import { splitLines } from '#src/isolation/split-lines.ts';
import { gatewayEnvironment } from '../child-environment.ts';
import { CliError } from '../cli-error.ts';
import type { CliConfig } from '../config.ts';
import { defaultModelRefusal } from './default-model-refusal.ts';
import { gatewayEntry } from './gateway-entry.ts';

export interface OpenGateway {
  /** Without a slash at its end. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Stops the gateway if it was started here; resolves when it is gone. */
  close(): Promise<void>;
}

/** On a busy machine the first start, without compiled code, takes several seconds. */
const startTimeoutMs = 60_000;
const keptErrorLength = 2000;

/** What a gateway of our own inherits: the user's settings, but a free loopback port and no keys to hand out. */
const ownEnvironment = ({ environment }: CliConfig): NodeJS.ProcessEnv => ({
  TESSERA_LOG_LEVEL: 'error',
  ...gatewayEnvironment(environment),
  TESSERA_HOST: '127.0.0.1',
  TESSERA_PORT: '0',
  TESSERA_API_KEYS: '',
  TESSERA_API_KEY: '',
});

/** The address in the gateway's line about that event; undefined for any other line. */
function urlOf(line: string, name: 'listening' | 'ready'): string | undefined {
  try {
    const event = JSON.parse(line) as { event?: unknown; url?: unknown } | null;
    return event?.event === name && typeof event.url === 'string' ? event.url : undefined;
  } catch {
    return undefined;
  }
}

/** Starts the real gateway and resolves when its default model answers. Throws CliError `unavailable`; honours the signal. */
async function startGateway(config: CliConfig, signal: AbortSignal): Promise<OpenGateway> {
  signal.throwIfAborted();
  const child = spawn(process.execPath, [gatewayEntry], {
    env: ownEnvironment(config),
    // The channel tells the gateway when this process ends without having stopped it.
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // A group of its own: Ctrl-C is for this process, which then stops the gateway in order.
    detached: true,
  });
  let errorText = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    errorText = (errorText + text).slice(-keptErrorLength);
  });
  const exited = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const close = (): Promise<void> => {
    child.kill('SIGTERM');
    return exited;
  };
  const settled = new AbortController();
  const ready = new Promise<string>((resolve, reject) => {
    const fail = (why: string, words = errorText.trim()): void =>
      reject(new CliError('unavailable', `The gateway ${why}. ${words}`.trim(), 'Run tessera doctor.'));
    const timer = setTimeout(() => fail('was not ready in time'), startTimeoutMs);
    const onAbort = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
    settled.signal.addEventListener('abort', () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    });
    child.once('error', (err) => fail(`could not be started (${err.message})`));
    void exited.then(() => fail('ended before it was ready'));
    splitLines(child.stdout!, (line) => {
      const listening = urlOf(line, 'listening');
      if (listening !== undefined) {
        // What is refused for good is no reason to wait for the end of the start time.
        void defaultModelRefusal(listening, settled.signal).then((why) => why && fail(why, ''));
      }
      const url = urlOf(line, 'ready');
      if (url !== undefined) resolve(url);
    });
  }).finally(() => settled.abort());
  try {
    return { url: await ready, headers: {}, close };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

/** The gateway to talk to: the one at `url` (or `TESSERA_URL`), else one started for this command. */
export async function openGateway(
  config: CliConfig,
  url: string | undefined,
  signal: AbortSignal,
): Promise<OpenGateway> {
  const given = url ?? config.url;
  if (given === undefined) return startGateway(config, signal);
  if (!URL.canParse(given) || !/^https?:/.test(given)) {
    throw new CliError('usage', '--url is not an http or https address.', 'Use --url http://127.0.0.1:8080.');
  }
  const headers = config.apiKey === undefined ? {} : { authorization: `Bearer ${config.apiKey}` };
  return { url: given.replace(/\/+$/, ''), headers, close: () => Promise.resolve() };
}

/** Opens a gateway, does the work, and closes it whatever happens. */
export async function withGateway<T>(
  config: CliConfig,
  url: string | undefined,
  signal: AbortSignal,
  work: (gateway: OpenGateway) => Promise<T>,
): Promise<T> {
  const gateway = await openGateway(config, url, signal);
  try {
    return await work(gateway);
  } finally {
    await gateway.close();
  }
}
