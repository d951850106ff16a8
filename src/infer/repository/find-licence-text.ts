import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isLicenceFileName } from '#src/domain/licence-text.ts';

/** Why a model is refused, for the operator. */
export const noLicenceText = 'no licence text lies beside the model';

/**
 * Name of the licence text in a model's folder; undefined when there is none, when it is empty, or when the folder cannot be read.
 */
export async function findLicenceText(folder: string): Promise<string | undefined> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names.filter(isLicenceFileName).sort()) {
    const found = await stat(join(folder, name)).catch(() => undefined);
    if (found?.isFile() === true && found.size > 0) return name;
  }
  return undefined;
}
