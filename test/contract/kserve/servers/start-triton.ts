import { existsSync } from 'node:fs';
import { copyFile, cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { startChildServer, type ChildServer } from './child-server.ts';

export interface TritonOptions {
  /** Python environment with nvidia-pytriton (for the server's files) and onnxruntime (for model.py). */
  readonly venv: string;
  /** A repository written for the target `python`. */
  readonly repositoryDir: string;
}

/** A port may be taken between the look and the bind; more than three times in a row is no accident. */
const attempts = 3;

/** Environment variable that names the Python environment; without it the Triton half of the suite is skipped. */
export const tritonVenvVariable = 'TESSERA_TRITON_VENV';

/** The environment's folder, or undefined with the reason printed once a file. */
export function findTritonVenv(): string | undefined {
  const venv = process.env[tritonVenvVariable];
  if (venv !== undefined && existsSync(join(venv, 'bin', 'python'))) return venv;
  const reason = venv === undefined ? 'is not set' : 'names no Python environment';
  console.warn(`Triton: skipped, ${tritonVenvVariable} ${reason} (pip install nvidia-pytriton onnxruntime).`);
  return undefined;
}

/**
 * Starts the real tritonserver of the PyPI wheel nvidia-pytriton, gRPC only, all models of the repository loaded, in
 * explicit mode so that load and unload are allowed. Resolves when gRPC listens.
 */
export async function startTriton(options: TritonOptions): Promise<ChildServer> {
  const scratch = await mkdtemp(join(tmpdir(), 'tessera-triton-'));
  const sitePackages = await findSitePackages(options.venv);
  await copyBackends(sitePackages, scratch);
  const stopAndClean = async (server: ChildServer): Promise<number | null> => {
    const code = await server.stop();
    await rm(scratch, { recursive: true, force: true });
    return code;
  };
  for (let attempt = 1; ; attempt++) {
    try {
      const server = await startOnPort(options, sitePackages, scratch, await findFreePort());
      return { address: server.address, stop: () => stopAndClean(server) };
    } catch (err) {
      if (attempt < attempts) continue;
      await rm(scratch, { recursive: true, force: true });
      throw err;
    }
  }
}

async function startOnPort(
  { venv, repositoryDir }: TritonOptions,
  sitePackages: string,
  scratch: string,
  port: number,
): Promise<ChildServer> {
  return startChildServer({
    command: join(sitePackages, 'pytriton', 'tritonserver', 'bin', 'tritonserver'),
    args: [
      `--model-repository=${repositoryDir}`,
      `--backend-directory=${join(scratch, 'backends')}`,
      `--cache-directory=${join(scratch, 'caches')}`,
      ...['--model-control-mode=explicit', '--load-model=*', '--exit-timeout-secs=5'],
      ...['--allow-http=false', '--allow-metrics=false', '--grpc-address=127.0.0.1', `--grpc-port=${port}`],
      // Two servers on one machine must not share the prefix of their regions in /dev/shm.
      `--backend-config=python,shm-region-prefix-name=tessera_${process.pid}_${port}_`,
    ],
    env: {
      ...process.env,
      PATH: [join(venv, 'bin'), process.env['PATH']].join(delimiter),
      LD_LIBRARY_PATH: join(sitePackages, 'nvidia_pytriton.libs'),
      // The stub is no interpreter of the environment: it must be told where numpy and onnxruntime are.
      PYTHONPATH: sitePackages,
      PYTHONDONTWRITEBYTECODE: '1',
    },
    readAddress: (line) => /Started GRPCInferenceService at ([\d.]+:\d+)/.exec(line)?.[1],
    graceMs: 20_000,
  });
}

/** The wheel keeps the Python backend's stubs, one a Python version, elsewhere than the server looks for them. */
async function copyBackends(sitePackages: string, scratch: string): Promise<void> {
  const root = join(sitePackages, 'pytriton', 'tritonserver');
  for (const folder of ['backends', 'caches']) {
    await cp(join(root, folder), join(scratch, folder), { recursive: true });
  }
  const version = /python(3\.\d+)/.exec(sitePackages)?.[1] ?? '';
  const stub = 'triton_python_backend_stub';
  await copyFile(
    join(root, 'python_backend_stubs', version, stub),
    join(scratch, 'backends', 'python', stub),
  );
}

async function findSitePackages(venv: string): Promise<string> {
  const names = await readdir(join(venv, 'lib'));
  const python = names.find((name) => /^python3\.\d+$/.test(name));
  if (python === undefined) throw new Error(`${venv} holds no lib/python3.*`);
  return join(venv, 'lib', python, 'site-packages');
}

/** Triton does not say which port it got for 0, so one is chosen for it. */
async function findFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
