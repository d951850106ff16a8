import type { CommandResult } from '../commands/context.ts';
import type { FileOutcome } from '../client/analyse-files.ts';
import type { Terminal } from '../terminal.ts';

/** Names every file that failed, on standard error, and says how the command came out. */
export function reportOutcomes(
  terminal: Terminal,
  outcomes: readonly (FileOutcome | { readonly file: string; readonly ok: true })[],
): CommandResult {
  const failed = outcomes.filter((outcome) => !outcome.ok);
  for (const { file, error } of failed) {
    terminal.note(`tessera: ${file}: ${error.message ?? error.detail} (${error.code})`);
  }
  if (failed.length === 0) return 'done';
  return failed.length === outcomes.length ? 'failed' : 'partial';
}
