import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '../../..');
const vitest = join(root, 'node_modules/vitest/vitest.mjs');
const config = join(root, 'test/fixtures/reporter/vitest.config.ts');

/** Runs one case file in a vitest of its own; resolves to its exit code and the last line of its output. */
function runCase(
  name: string,
): Promise<{ exitCode: number | string | null | undefined; lastLine: string | undefined }> {
  return new Promise((resolve) => {
    const args = [vitest, 'run', '--config', config, `${name}.case.ts`];
    execFile(process.execPath, args, { cwd: root }, (error, stdout) => {
      resolve({ exitCode: error === null ? 0 : error.code, lastLine: stdout.trimEnd().split('\n').at(-1) });
    });
  });
}

it.each([
  ['mixed', '2 passed, 1 failed, 2 skipped'],
  ['load-error', '0 passed, 1 failed, 0 skipped'],
  ['nested-hook-error', '0 passed, 1 failed, 1 skipped'],
  ['file-hook-error', '1 passed, 1 failed, 0 skipped'],
  ['unhandled-rejection', '1 passed, 1 failed, 0 skipped'],
])('the run of %s ends with "%s" and a failing exit code', async (name, line) => {
  expect(await runCase(name)).toEqual({ exitCode: 1, lastLine: line });
});
