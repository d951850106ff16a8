import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { root } from './tracked-files.ts';

const harness = join(root, '.ci/harness.sh');

/** Runs lines of bash with the harness loaded, as .ci/run does; gives the exit code, the last line and everything printed. */
function runSuites(...lines: readonly string[]): { exitCode: number | null; total: string; output: string } {
  const script = ['set -euo pipefail', `source '${harness}'`, ...lines, 'finish'].join('\n');
  const { status, stdout } = spawnSync('bash', ['-c', script], { encoding: 'utf8' });
  return { exitCode: status, total: stdout.trimEnd().split('\n').at(-1)!, output: stdout };
}

it('adds up suites and counts a check as one', () => {
  const run = runSuites(
    `suite first 5 echo '3 passed, 0 failed, 1 skipped'`,
    `suite second 5 printf '%s\\n' 'talk' '4 passed, 0 failed, 0 skipped' 'more talk'`,
    'check third 5 true',
  );
  expect(run).toMatchObject({ exitCode: 0, total: '8 passed, 0 failed, 1 skipped' });
});

it('takes the last closing line of a suite', () => {
  const run = runSuites(
    `suite twice 5 printf '%s\\n' '1 passed, 5 failed, 0 skipped' '2 passed, 0 failed, 0 skipped'`,
  );
  expect(run.total).toBe('2 passed, 0 failed, 0 skipped');
});

it('fails when a suite reports a failure, whatever its exit code, and still runs the next one', () => {
  const run = runSuites(
    `suite red 5 echo '2 passed, 1 failed, 0 skipped'`,
    `suite green 5 echo '1 passed, 0 failed, 0 skipped'`,
  );
  expect(run).toMatchObject({ exitCode: 1, total: '3 passed, 1 failed, 0 skipped' });
});

it('fails when a suite ends badly although its line is green', () => {
  const run = runSuites(`suite liar 5 bash -c 'echo 2 passed, 0 failed, 0 skipped; exit 3'`);
  expect(run).toMatchObject({ exitCode: 1, total: '2 passed, 1 failed, 0 skipped' });
  expect(run.output).toContain('exit code 3');
});

it('counts a suite without a closing line as failed', () => {
  const run = runSuites('suite silent 5 true');
  expect(run).toMatchObject({ exitCode: 1, total: '0 passed, 1 failed, 0 skipped' });
  expect(run.output).toContain('no closing line');
});

it('counts what a referee skipped as failed', () => {
  const run = runSuites(`referee away 5 echo '2 passed, 0 failed, 3 skipped'`);
  expect(run).toMatchObject({ exitCode: 1, total: '2 passed, 3 failed, 0 skipped' });
});

it('counts a suite whose command does not exist as failed', () => {
  const run = runSuites('suite missing 5 bash no/such/suite/run.sh');
  expect(run).toMatchObject({ exitCode: 1, total: '0 passed, 1 failed, 0 skipped' });
});

it('counts a check that fails as one failure', () => {
  expect(runSuites('check broken 5 false')).toMatchObject({
    exitCode: 1,
    total: '0 passed, 1 failed, 0 skipped',
  });
});

/** A process that was signalled is gone a moment later: wait for that, do not assume it. */
function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

it('stops a suite, and what it started, at the end of its budget', async () => {
  const run = runSuites(`suite endless 1 bash -c 'sleep 600 & echo "child $!"; wait'`);
  expect(run).toMatchObject({ exitCode: 1, total: '0 passed, 1 failed, 0 skipped' });
  expect(run.output).toContain('over its budget');
  const pid = Number(/child (\d+)/.exec(run.output)![1]);
  await expect.poll(() => isRunning(pid), { timeout: 5_000 }).toBe(false);
});
