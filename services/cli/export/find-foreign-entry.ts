import { access, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** What an earlier build leaves beside its models. */
const ownFiles: readonly string[] = ['build-engines.sh'];

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/**
 * The name of something in a folder that is neither a model (a folder with `config.pbtxt` or `spec.json`) nor made by an earlier
 * build; undefined when there is nothing of the kind, or no folder. Hidden entries do not count.
 */
export async function findForeignEntry(dir: string): Promise<string | undefined> {
  const names = await readdir(dir).catch(() => []);
  for (const name of names.filter((each) => !each.startsWith('.') && !ownFiles.includes(each)).sort()) {
    const marks = ['config.pbtxt', 'spec.json'].map((mark) => isThere(join(dir, name, mark)));
    if (!(await Promise.all(marks)).includes(true)) return name;
  }
  return undefined;
}
