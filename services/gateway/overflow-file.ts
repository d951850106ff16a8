import { randomUUID } from 'node:crypto';
import { open, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OverflowFile } from '#src/http/stream/spooled-output.ts';

/** A temporary file without a name: unlinked as soon as it is open, so that nothing stays behind whatever happens. */
export async function openOverflowFile(): Promise<OverflowFile> {
  const path = join(tmpdir(), `tessera-overflow-${randomUUID()}`);
  const file = await open(path, 'wx+', 0o600);
  await unlink(path);
  return {
    async write(bytes, position) {
      let done = 0;
      while (done < bytes.byteLength) {
        const { bytesWritten } = await file.write(bytes, done, bytes.byteLength - done, position + done);
        done += bytesWritten;
      }
    },
    async read(position, length) {
      const bytes = new Uint8Array(length);
      const { bytesRead } = await file.read(bytes, 0, length, position);
      return bytes.subarray(0, bytesRead);
    },
    close: () => file.close(),
  };
}
