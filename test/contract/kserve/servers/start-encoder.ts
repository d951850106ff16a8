import { fileURLToPath } from 'node:url';
import { startChildServer, type ChildServer } from './child-server.ts';

const main = fileURLToPath(new URL('../../../../services/encoder/main.ts', import.meta.url));

/**
 * Starts the embedded encoder over a repository written for the target `onnxruntime`, on a port of its own choice.
 * Resolves when it listens and has announced each of the models as ready: it listens before they are.
 */
export async function startEncoder(
  repositoryDir: string,
  modelNames: readonly string[],
): Promise<ChildServer> {
  return startChildServer({
    command: process.execPath,
    args: [main],
    env: {
      ...process.env,
      TESSERA_MODEL_DIR: repositoryDir,
      TESSERA_ENCODER_BIND: '127.0.0.1:0',
      // The number shows in the configuration; the machine's cores must not.
      TESSERA_ENCODER_WORKERS: '2',
      TESSERA_LOG_LEVEL: 'warn',
    },
    readAddress: createAnnouncementReader(modelNames),
    graceMs: 15_000,
  });
}

interface Announcement {
  readonly event?: unknown;
  readonly address?: string;
  readonly model?: string;
}

/** Reads the encoder's JSON lines; gives the address as soon as it is known and no model is awaited any more. */
function createAnnouncementReader(modelNames: readonly string[]): (line: string) => string | undefined {
  const awaited = new Set(modelNames);
  let address: string | undefined;
  return (line) => {
    if (!line.startsWith('{')) return undefined;
    const announcement = JSON.parse(line) as Announcement;
    if (announcement.event === 'listening') address = announcement.address;
    if (announcement.event === 'model-ready') awaited.delete(announcement.model ?? '');
    return awaited.size === 0 ? address : undefined;
  };
}
