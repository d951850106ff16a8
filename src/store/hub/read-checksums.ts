import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { HubError } from './hub-error.ts';

const pullSchema = z.object({
  repo: z.string(),
  commit: z.string().nullable(),
  files: z.array(z.object({ name: z.string(), sha256: z.string().regex(/^[0-9a-f]{64}$/) })),
});

export interface Checksums {
  /** sha256 (hex) by file name. */
  readonly digests: ReadonlyMap<string, string>;
  /** Where the files came from, where the list says so. */
  readonly repo?: string;
  readonly commit?: string | null;
}

/** A line of `sha256sum`: text or binary mode, the name perhaps under `./`. */
const sumLine = /^([0-9a-f]{64}) [ *](?:\.\/)?(.+)$/;

/**
 * A list of digests: a `pull.json`, or what `sha256sum` prints. Throws HubError `corrupt` for a list that is neither: one that
 * cannot be read must not pass for none.
 */
export async function readChecksums(path: string): Promise<Checksums> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new HubError('corrupt', `The list of checksums ${path} cannot be read.`, cause);
  });
  const wrong = new HubError('corrupt', `${path} is no list of sha256 checksums.`);
  if (text.trimStart().startsWith('{')) {
    try {
      const { repo, commit, files } = pullSchema.parse(JSON.parse(text));
      return { repo, commit, digests: new Map(files.map(({ name, sha256 }) => [name, sha256])) };
    } catch {
      throw wrong;
    }
  }
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const entries = lines.map((line) => sumLine.exec(line.trimEnd()));
  if (entries.length === 0 || entries.includes(null)) throw wrong;
  return { digests: new Map(entries.map((match) => [match![2]!, match![1]!])) };
}
