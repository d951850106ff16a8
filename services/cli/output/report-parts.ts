import type { Terminal } from '../terminal.ts';

/** How the gateway notes that of a file with several images it took the first. */
const firstOfSeveral = /^first-(page|frame)-of-(\d+)$/;

/** Names every file of which only a part was used, on standard error: an embedding of page 1 looks like one of the file. */
export function reportParts(
  terminal: Terminal,
  files: readonly { readonly file: string; readonly notes: readonly string[] }[],
): void {
  for (const { file, notes } of files) {
    for (const note of notes) {
      const [, part, count] = firstOfSeveral.exec(note) ?? [];
      if (part === undefined) continue;
      terminal.note(`tessera: ${file}: only the first of its ${count} ${part}s is used (${note})`);
    }
  }
}
