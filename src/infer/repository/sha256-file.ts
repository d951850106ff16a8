import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';

/** A read of the disk costs more than the hash of what it brings: few large ones. */
const readBytes = 1024 * 1024;

/** sha256 (hex) of a file, read in pieces. File errors pass through. */
export async function sha256File(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: readBytes }), hash);
  return hash.digest('hex');
}
