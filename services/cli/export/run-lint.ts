import { join } from 'node:path';
import { CliError } from '../cli-error.ts';
import { runChild, type ChildOptions } from './run-child.ts';

/** Runs triton-models/export/lint.py over graphs. Throws CliError with its lines when TensorRT would not take one; honours the signal. */
export async function runLint(
  python: string,
  exporterDir: string,
  graphs: readonly string[],
  options: ChildOptions,
): Promise<void> {
  const { exitCode, stdout, stderr } = await runChild(
    python,
    [join(exporterDir, 'lint.py'), ...graphs],
    options,
  );
  if (exitCode === 0) return;
  if (exitCode === 1 && stdout.trim() !== '') {
    throw new CliError(
      'failed',
      `TensorRT would not take the graph: ${stdout.trim().replaceAll('\n', '; ')}.`,
    );
  }
  const last = stderr.split('\n').at(-1) ?? '';
  throw new CliError('failed', `The lint failed: ${last}`, undefined, new Error(stderr));
}
