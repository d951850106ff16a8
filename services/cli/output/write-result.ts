import { rename, rm, writeFile } from 'node:fs/promises';
import { CliError } from '../cli-error.ts';
import type { Terminal } from '../terminal.ts';

/**
 * Writes to a file, which appears whole or not at all, or to standard output when no file is named.
 * Throws CliError: `usage` for binary content on a terminal, `failed` when the file cannot be written.
 */
export async function writeResult(
  terminal: Terminal,
  path: string | undefined,
  content: Uint8Array | string,
): Promise<void> {
  if (path === undefined) {
    if (typeof content !== 'string' && process.stdout.isTTY) {
      throw new CliError('usage', 'This format is not for a terminal.', 'Name a file with --output.');
    }
    terminal.raw(content);
    return;
  }
  const unfinished = `${path}.${process.pid}.part`;
  try {
    await writeFile(unfinished, content);
    await rename(unfinished, path);
  } catch (thrown) {
    await rm(unfinished, { force: true });
    const { code = 'unknown' } = thrown as NodeJS.ErrnoException;
    throw new CliError('failed', `${path} cannot be written (${code}).`, undefined, thrown);
  }
}
