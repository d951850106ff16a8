import { join } from 'node:path';
import { childEnvironment } from '../child-environment.ts';
import type { CommandContext } from '../commands/context.ts';
import { findPython, namedPython } from './find-python.ts';
import { preparePythonEnvironment } from './python-environment.ts';
import type { ChildOptions } from './run-child.ts';

/** Lines with which the exporter says where it is. */
const stagePrefix = 'STAGE ';

/** How the exporter's programs are run: their stages told to the user, no secrets in their environment. */
export function childOptions({ config, terminal, signal }: CommandContext): ChildOptions {
  return {
    // Nothing is asked of a hub, and no bars are drawn into the lines.
    env: {
      ...childEnvironment(config.environment),
      HF_HUB_OFFLINE: '1',
      HF_HUB_DISABLE_PROGRESS_BARS: '1',
      TQDM_DISABLE: '1',
      PYTHONDONTWRITEBYTECODE: '1',
    },
    signal,
    onErrorLine: (line) => {
      if (line.startsWith(stagePrefix)) terminal.note(`export: ${line.slice(stagePrefix.length)}`);
    },
  };
}

/** The Python to export with: the named one, else that of an environment of our own. */
export async function choosePython(
  ctx: CommandContext,
  named: string | undefined,
  options: ChildOptions,
): Promise<string> {
  const { config, terminal } = ctx;
  const given = named ?? config.python;
  if (given !== undefined) return (await namedPython(given, options)).command;
  const python = await findPython(options);
  const requirements = join(config.exporterDir, 'requirements.txt');
  const onStart = (): void =>
    terminal.note('export: installing its Python packages, once; PyTorch is large and takes minutes');
  return preparePythonEnvironment(python, requirements, join(config.dataDir, 'python-export'), {
    ...options,
    onStart,
  });
}
