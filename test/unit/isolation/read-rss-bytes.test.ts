import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readRssBytes } from '#src/isolation/read-rss-bytes.ts';

const hasPs = (() => {
  try {
    execFileSync('ps', ['-o', 'rss=', '-p', String(process.pid)]);
    return true;
  } catch {
    return false;
  }
})();

/** Two readings some milliseconds apart: the test process may grow or be trimmed meanwhile. */
const within = (bytes: number | undefined): void => {
  const own = process.memoryUsage.rss();
  expect(bytes).toBeGreaterThan(own * 0.5);
  expect(bytes).toBeLessThan(own * 2);
};

test.skipIf(!existsSync('/proc/self/status'))('/proc gives the resident bytes of a process', async () => {
  within(await readRssBytes(process.pid, true));
});

test.skipIf(!hasPs)('ps gives the same where there is no /proc', async () => {
  within(await readRssBytes(process.pid, false));
});

test.each([true, false])('a process that is gone has none (proc: %s)', async (useProc) => {
  expect(await readRssBytes(2 ** 22 + 1, useProc)).toBeUndefined();
});
