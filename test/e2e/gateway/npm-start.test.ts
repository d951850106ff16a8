import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { expect, onTestFailed, test } from 'vitest';
import { descendantsOf, commandOf, hasProc } from '#test/support/process-tree.ts';
import { until } from '#test/support/until.ts';

/** `npm start` as the README says it, on a free port; resolves when the gateway under npm is ready. */
async function npmStart() {
  const settings = Object.entries(process.env).filter(([name]) => !name.startsWith('TESSERA_'));
  const npm = spawn('npm', ['start'], {
    env: { ...Object.fromEntries(settings), TESSERA_PORT: '0', TESSERA_LOG_LEVEL: 'warn' },
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true,
  });
  const exited = new Promise<number | null>((resolve) => npm.once('close', resolve));
  for await (const line of createInterface({ input: npm.stdout })) {
    if (line.includes('"event":"ready"')) break;
  }
  npm.stdout.resume();
  return { npm, exited };
}

// A service manager knows the process that it started, and that is npm.
test.skipIf(!hasProc)('SIGTERM to npm start ends the gateway and all it started', async () => {
  const { npm, exited } = await npmStart();
  const family = descendantsOf(npm.pid!);
  onTestFailed(() => void process.kill(-npm.pid!, 'SIGKILL'));
  expect(family.some((pid) => commandOf(pid).includes('services/gateway/main.ts'))).toBe(true);
  npm.kill('SIGTERM');
  await exited;
  await until('all have gone', () => family.every((pid) => commandOf(pid) === ''));
});
