import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

/** Beside the packages, not in the shared temporary folder: what is read back from it is run. */
const folder = new URL('../../node_modules/.cache/tessera-code', import.meta.url);

/**
 * Keeps compiled code between starts; to be called before anything else is imported. It takes the start of a process from some
 * 500 ms to 250. Where the folder cannot be written, Node goes on without it.
 */
export function enableCodeCache(): void {
  enableCompileCache(fileURLToPath(folder));
}
