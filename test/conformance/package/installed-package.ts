import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** Longest time of one command and of the start of a gateway: a package that hangs is a finding, not a suite without an end. */
const commandTimeoutMs = 40_000;
const installTimeoutMs = 150_000;

export const root = fileURLToPath(new URL('../../..', import.meta.url));
const run = promisify(execFile);

/** Node 24 comes first on the path; nothing of whoever runs this is inherited, and no install script fetches CUDA. */
const environment: NodeJS.ProcessEnv = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(TESSERA_|npm_)/i.test(name))),
  PATH: [join(root, 'node_modules/.bin'), process.env['PATH'] ?? ''].join(delimiter),
  ONNXRUNTIME_NODE_INSTALL: 'skip',
  npm_config_prefer_offline: 'true',
  npm_config_audit: 'false',
  npm_config_fund: 'false',
  npm_config_update_notifier: 'false',
};

export interface InstalledPackage {
  /** The folder it was installed into, empty before. */
  readonly folder: string;
  readonly tarballBytes: number;
  /** Paths in the tarball. */
  readonly files: readonly string[];
  /** Runs a command there; resolves with its standard output, rejects when it fails. */
  readonly run: (command: string, ...args: readonly string[]) => Promise<string>;
  readonly remove: () => void;
}

/** Builds the package, packs it and installs the tarball into an empty folder far from the checkout. */
export async function installPackage(): Promise<InstalledPackage> {
  await run(process.execPath, [join(root, 'scripts/build-package.ts')], { cwd: root });
  const scratch = mkdtempSync(join(tmpdir(), 'tessera-package-'));
  const packed = await run('npm', ['pack', '--json', '--pack-destination', scratch], {
    cwd: join(root, 'dist/package'),
    env: environment,
    maxBuffer: 2 ** 26,
  });
  const [{ filename, files }] = JSON.parse(packed.stdout) as [
    { filename: string; files: { path: string }[] },
  ];
  const tarball = join(scratch, filename);
  const folder = join(scratch, 'project');
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');
  const inFolder = async (command: string, ...args: readonly string[]): Promise<string> =>
    (
      await run(command, args, {
        cwd: folder,
        env: environment,
        maxBuffer: 2 ** 26,
        timeout: commandTimeoutMs,
      })
    ).stdout;
  await run('npm', ['install', tarball], { cwd: folder, env: environment, timeout: installTimeoutMs });
  return {
    folder,
    tarballBytes: statSync(tarball).size,
    files: files.map(({ path }) => path),
    run: inFolder,
    remove: () => rmSync(scratch, { recursive: true, force: true }),
  };
}

/** Starts the gateway of the installed package and resolves to its address while `work` runs. */
export async function withInstalledGateway<T>(folder: string, work: (url: string) => Promise<T>): Promise<T> {
  const main = join(folder, 'node_modules/tessera/services/gateway/main.js');
  const child = spawn(process.execPath, [main], {
    cwd: folder,
    env: { ...environment, TESSERA_PORT: '0', TESSERA_LOG_LEVEL: 'warn' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  try {
    const url = await new Promise<string>((resolve, reject) => {
      void ended.then(() => reject(new Error('The gateway ended.')));
      setTimeout(() => reject(new Error('The gateway was not ready in time.')), commandTimeoutMs).unref();
      createInterface({ input: child.stdout }).on('line', (line) => {
        const { event, url: ready } = JSON.parse(line) as { event?: string; url?: string };
        if (event === 'ready' && ready !== undefined) resolve(ready);
      });
    });
    return await work(url);
  } finally {
    child.kill('SIGTERM');
    await ended;
  }
}

/** A Node of this machine that is older than the package needs; undefined when there is none on the path. */
export async function findOldNode(): Promise<string | undefined> {
  const own = join(root, 'node_modules/.bin');
  const folders = (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter((entry) => !entry.includes('node_modules'));
  for (const path of folders.filter((entry) => entry !== own).map((entry) => join(entry, 'node'))) {
    if (!existsSync(path)) continue;
    const { stdout } = await run(path, ['--version']);
    if (Number(/^v(\d+)/.exec(stdout)?.[1]) < 24) return path;
  }
  return undefined;
}
