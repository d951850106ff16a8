import { existsSync, readFileSync, readdirSync } from 'node:fs';

/** Direct children of a process, from /proc; empty when it is gone. Linux only. */
export function childrenOf(pid: number): readonly number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
    );
  } catch {
    return [];
  }
}

/** The command line of a process, arguments separated by blanks; empty when it is gone. */
export function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}

/** All descendants of a process. */
export function descendantsOf(pid: number): readonly number[] {
  return childrenOf(pid).flatMap((child) => [child, ...descendantsOf(child)]);
}

/** Descendants whose command line holds `text`. */
export function findDescendants(pid: number, text: string): readonly number[] {
  return descendantsOf(pid).filter((descendant) => commandOf(descendant).includes(text));
}

/** Whether /proc can be read here; tests of process trees skip, saying so, where it cannot. */
export const hasProc = existsSync('/proc/self/task');
