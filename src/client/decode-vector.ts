import { TesseraConnectionError } from './tessera-connection-error.ts';

/** base64 of little-endian float32 as numbers, on machines of either byte order. Throws TesseraConnectionError for anything else. */
export function decodeVector(base64: unknown): Float32Array<ArrayBuffer> {
  let text = '';
  try {
    text = atob(base64 as string);
  } catch (cause) {
    throw new TesseraConnectionError('broken-reply', 'An embedding is not base64.', cause);
  }
  if (text.length === 0 || text.length % 4 !== 0) {
    throw new TesseraConnectionError('broken-reply', 'An embedding is not an array of float32.');
  }
  const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  return Float32Array.from({ length: bytes.length / 4 }, (_, index) => view.getFloat32(index * 4, true));
}
