import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Finding } from './finding.ts';
import { errorCode } from '../error-code.ts';

const connectTimeoutMs = 3_000;

/** The embedded encoder listens on a socket in the temporary folder. */
export async function checkTemporaryFolder(): Promise<readonly Finding[]> {
  const name = 'temporary folder';
  try {
    const folder = await mkdtemp(join(tmpdir(), 'tessera-doctor-'));
    await writeFile(join(folder, 'probe'), '');
    await rm(folder, { recursive: true });
    return [{ name, isOk: true, detail: 'can be written' }];
  } catch (thrown) {
    const advice = 'Set TMPDIR to a folder that can be written.';
    return [{ name, isOk: false, detail: `cannot be written (${errorCode(thrown)})`, advice }];
  }
}

/** Could a gateway listen where it is configured to? A port that a gateway of ours holds is no fault. */
export async function checkPort(host: string, port: number): Promise<readonly Finding[]> {
  const name = `port ${port}`;
  const failure = await new Promise<string | undefined>((resolve) => {
    const server = createServer();
    server.once('error', (err) => resolve(errorCode(err)));
    server.listen(port, host, () => server.close(() => resolve(undefined)));
  });
  if (failure === undefined) return [{ name, isOk: true, detail: 'is free' }];
  if (failure === 'EADDRINUSE' && (await isGateway(host, port))) {
    return [{ name, isOk: true, detail: 'a Tessera gateway is listening' }];
  }
  const advice = 'Set TESSERA_PORT to another port, or stop what listens there.';
  return [{ name, isOk: false, detail: `cannot be used (${failure})`, advice }];
}

async function isGateway(host: string, port: number): Promise<boolean> {
  const authority = host.includes(':') ? `[${host}]` : host;
  try {
    const signal = AbortSignal.timeout(connectTimeoutMs);
    const response = await fetch(`http://${authority}:${port}/livez`, { signal });
    return response.headers.has('x-request-id');
  } catch {
    return false;
  }
}

/** Can the configured encoders be reached at all? */
export async function checkEncoders(targets: readonly string[]): Promise<readonly Finding[]> {
  return Promise.all(targets.map(checkEncoder));
}

function checkEncoder(target: string): Promise<Finding> {
  const cut = target.lastIndexOf(':');
  const host = target.slice(0, cut).replace(/^\[(.*)\]$/, '$1');
  const name = `encoder ${target}`;
  return new Promise((resolve) => {
    const end = (failure: string | undefined): void => {
      socket.destroy();
      if (failure === undefined) {
        resolve({ name, isOk: true, detail: 'accepts connections' });
        return;
      }
      const advice = 'Start it, or correct TESSERA_ENCODER_URLS.';
      resolve({ name, isOk: false, detail: `cannot be reached (${failure})`, advice });
    };
    const socket = target.startsWith('unix:')
      ? connect(target.slice('unix:'.length))
      : connect({ host, port: Number(target.slice(cut + 1)) });
    socket.setTimeout(connectTimeoutMs, () => end('ETIMEDOUT'));
    socket.once('connect', () => end(undefined));
    socket.once('error', (err) => end(errorCode(err)));
  });
}
