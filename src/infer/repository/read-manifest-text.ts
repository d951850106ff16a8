import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Text of `<version>/export.json`, else of that of the model; undefined when there is none. */
export async function readManifestText(versionDir: string): Promise<string | undefined> {
  for (const folder of [versionDir, dirname(versionDir)]) {
    const text = await readFile(join(folder, 'export.json'), 'utf8').catch(() => undefined);
    if (text !== undefined) return text;
  }
  return undefined;
}
