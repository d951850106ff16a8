import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '../../..');

/** Paths of all files that git tracks (and that are there), relative to the root, with forward slashes. */
export function trackedFiles(): readonly string[] {
  // A clone made by another user is still this repository: say so for this one command.
  const listing = execFileSync('git', ['-c', `safe.directory=${root}`, 'ls-files', '-z'], {
    cwd: root,
    encoding: 'utf8',
  });
  return listing.split('\0').filter((path) => path !== '' && existsSync(join(root, path)));
}

/** Text of a tracked file; undefined for a binary one (git's own rule: a NUL in the first 8,000 bytes). */
export function trackedText(path: string): string | undefined {
  const bytes = readFileSync(join(root, path));
  return bytes.subarray(0, 8000).includes(0) ? undefined : bytes.toString('utf8');
}
