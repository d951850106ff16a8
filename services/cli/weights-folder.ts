import { join } from 'node:path';

/** Where `pull` puts weights, and `export` looks for them, unless told: `<data>/weights/<name>`, a slash in the name becoming `--`. */
export const weightsFolderOf = (dataDir: string, name: string): string =>
  join(dataDir, 'weights', name.replaceAll('/', '--'));
