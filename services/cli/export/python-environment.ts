import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { CliError } from '../cli-error.ts';
import type { FoundPython } from './find-python.ts';
import { replaceFolder } from './replace-folder.ts';
import { runChild, type ChildOptions } from './run-child.ts';

const markName = '.made-from';

/** What the environment was made of; its folder too, since a copy of it elsewhere may be of another machine. */
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
  const isThere = async (): Promise<boolean> =>
    (await readFile(join(folder, markName), 'utf8').catch(() => '')) === key;
  if (await isThere()) return command;
  options.onStart();
  await mkdir(dirname(folder), { recursive: true });
  // Aside, so that two exports at once do not take each other's away. Its python finds its packages from where it lies.
  const staging = await mkdtemp(`${folder}.making-`);
  try {
    await fill(staging, python, requirements, options);
    await writeFile(join(staging, markName), key);
    if (!(await isThere())) {
      await replaceFolder(staging, folder).catch(async (thrown: unknown) => {
        // Another export was first at this very moment.
        if (!(await isThere())) throw thrown;
      });
    }
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
  return command;
}

async function fill(
  folder: string,
  python: FoundPython,
  requirements: string,
  options: ChildOptions,
): Promise<void> {
  await install(
    python.command,
    ['-m', 'venv', folder],
    options,
    'Install the venv module of Python (Debian: python3-venv), or give --python.',
  );
  await install(
    join(folder, 'bin', 'python'),
    ['-m', 'pip', 'install', '--quiet', '--no-input', '--disable-pip-version-check', '-r', requirements],
    options,
    'It needs a package index; or install the requirements yourself and give --python.',
  );
}
