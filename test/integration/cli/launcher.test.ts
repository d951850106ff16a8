import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { descendantsOf, findDescendants, hasProc } from '#test/support/process-tree.ts';
import { until } from '#test/support/until.ts';
import { neutralEnvironment, root } from './run-tessera.ts';

/** What an older Node says of itself, so that the launcher does not run the command line itself. */
const asOlderNode = `data:text/javascript,Object.defineProperty(process,'versions',{value:{...process.versions,node:'20.0.0'}})`;
const started = new Set<number>();
afterEach(() => {
  for (const pid of started) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
  started.clear();
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** `tessera serve` by the launcher, once its gateway is ready. */
async function serveByLauncher(env: Readonly<Record<string, string>> = {}) {
  const launcher = spawn(
    process.execPath,
    ['--import', asOlderNode, 'services/cli/bin/tessera.js', 'serve'],
    {
      cwd: root,
      env: { ...neutralEnvironment(), TESSERA_PORT: '0', TESSERA_LOG_LEVEL: 'silent', ...env },
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  );
  const exited = new Promise<number | null>((resolve) => launcher.once('exit', resolve));
  let told = '';
  while (!told.includes('"ready"')) {
    told += ((await once(launcher.stdout, 'data')) as [Buffer])[0].toString();
  }
  for (const pid of descendantsOf(launcher.pid!)) started.add(pid);
  const [commandLine] = findDescendants(launcher.pid!, 'services/cli/main.ts');
  return { launcher, commandLine: commandLine!, exited };
}

describe.skipIf(!hasProc)('the launcher under an older Node', () => {
  it('killed outright, leaves neither the command line nor a gateway behind', async () => {
    const { launcher, exited } = await serveByLauncher();
    expect(started.size).toBeGreaterThan(2);
    launcher.kill('SIGKILL');
    await exited;
    await until('all are gone', () => ![...started].some(isAlive));
  });

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'hands on %s that it alone gets, and its exit code',
    async (signal) => {
      const { launcher, exited } = await serveByLauncher();
      launcher.kill(signal);
      expect(await exited).toBe(0);
      await until('all are gone', () => ![...started].some(isAlive));
    },
  );

  it('Ctrl-C, which reaches both, is one signal: the gateway ends in order', async () => {
    const { launcher, commandLine, exited } = await serveByLauncher({ TESSERA_DRAIN_DELAY_MS: '500' });
    process.kill(commandLine, 'SIGINT');
    launcher.kill('SIGINT');
    expect(await exited).toBe(0);
  });

  it('later Ctrl-C ends a gateway that takes its time', async () => {
    const { launcher, exited } = await serveByLauncher({ TESSERA_DRAIN_DELAY_MS: '600000' });
    let isGone = false;
    void exited.then(() => (isGone = true));
    await until('all are gone', () => {
      launcher.kill('SIGINT');
      return isGone && ![...started].some(isAlive);
    });
  });
});
