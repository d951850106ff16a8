/** The next piece of a body; undefined at its end, and where the connection breaks or is silent for `idleMs`. */
export async function readPiece(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  idleMs: number,
): Promise<Uint8Array | undefined> {
  // A read that is waiting resolves when the reader is cancelled.
  const timer = setTimeout(() => void reader.cancel().catch(() => undefined), idleMs);
  const read = await reader.read().catch(() => undefined);
  clearTimeout(timer);
  return read?.value;
}
