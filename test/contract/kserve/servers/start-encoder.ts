import { fileURLToPath } from 'node:url';
import { startChildServer, type ChildServer } from './child-server.ts';

const main = fileURLToPath(new URL('../../../../services/encoder/main.ts', import.meta.url));

/** Starts the embedded encoder over a repository written for the target `onnxruntime`, on a port of its own choice. */
export async function startEncoder(repositoryDir: string): Promise<ChildServer> {
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
    readAddress: readListening,
    graceMs: 15_000,
  });
}

/** Reads `{"event":"listening","address":"127.0.0.1:PORT"}`; other lines are log lines. */
function readListening(line: string): string | undefined {
  if (!line.startsWith('{')) return undefined;
  const entry = JSON.parse(line) as { event?: unknown; address?: unknown };
  return entry.event === 'listening' && typeof entry.address === 'string' ? entry.address : undefined;
}
