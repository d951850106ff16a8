import { mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

const exists = async (path: string): Promise<boolean> =>
  (await stat(path).catch(() => undefined)) !== undefined;

/**
 * Gives a folder the name of another, which is moved aside first and removed when the new one is there: whatever breaks between,
 * the old one is not lost. Both lie on one file system. File errors pass through, and the old one has its name then.
 */
export async function replaceFolder(from: string, to: string): Promise<void> {
  if (!(await exists(to))) return rename(from, to);
  const aside = await mkdtemp(join(dirname(to), `.replaced-${basename(to)}-`));
  const old = join(aside, basename(to));
  try {
    await rename(to, old);
    await rename(from, to).catch(async (thrown: unknown) => {
      await rename(old, to);
      throw thrown;
    });
  } catch (thrown) {
    // Empty, or it holds the only copy and stays.
    if (await exists(to)) await rm(aside, { recursive: true, force: true });
    throw thrown;
  }
  await rm(aside, { recursive: true, force: true });
}
