import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { CliError } from '../cli-error.ts';
import type { FoundPython } from './find-python.ts';
import { runChild, type ChildOptions } from './run-child.ts';

const markName = '.made-from';

/** What the environment was made of; its folder too, since it cannot be moved. */
async function keyOf(python: FoundPython, requirements: string, folder: string): Promise<string> {
  const text = await readFile(requirements, 'utf8');
  return createHash('sha256')
    .update(JSON.stringify([python.version, folder, text]))
    .digest('hex');
}

async function install(command: string, args: readonly string[], options: ChildOptions, advice: string) {
  const { exitCode, stdout, stderr } = await runChild(command, args, options);
  if (exitCode === 0) return;
  const said = stderr === '' ? stdout.trim() : stderr;
  const lastLine = said.split('\n').at(-1) ?? '';
  throw new CliError('failed', `The Python environment cannot be made: ${lastLine}`, advice);
}

/**
 * A virtual environment with pinned packages, made once and kept until Python or the requirements change; one that was
 * interrupted is made again. Resolves to its Python. Throws CliError; honours the signal.
 */
export async function preparePythonEnvironment(
  python: FoundPython,
  requirements: string,
  environmentDir: string,
  options: ChildOptions & { readonly onStart: () => void },
): Promise<string> {
  const folder = resolve(environmentDir);
  const command = join(folder, 'bin', 'python');
  const key = await keyOf(python, requirements, folder);
  if ((await readFile(join(folder, markName), 'utf8').catch(() => '')) === key) return command;
  options.onStart();
  await rm(folder, { recursive: true, force: true });
  await mkdir(dirname(folder), { recursive: true });
  await install(
    python.command,
    ['-m', 'venv', folder],
    options,
    'Install the venv module of Python (Debian: python3-venv), or give --python.',
  );
  await install(
    command,
    ['-m', 'pip', 'install', '--quiet', '--no-input', '--disable-pip-version-check', '-r', requirements],
    options,
    'It needs a package index; or install the requirements yourself and give --python.',
  );
  // Last, so that an interrupted installation is made again.
  await writeFile(join(folder, markName), key);
  return command;
}
