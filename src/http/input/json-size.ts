import { AppError } from '#src/domain/app-error.ts';

const quote = 0x22;
const backslash = 0x5c;
const openers = new Set([0x2c /* , */, 0x5b /* [ */, 0x7b /* { */]);

/** What one labelled example needs: a brace, two commas, four strings, and one to spare. */
const tokensPerItem = 8;
/** What all options together need, many times over. */
const tokensForOptions = 1024;

/** Index after the string that begins at `from` (its quote); base64 has no escapes, so the first search mostly finds the end. */
function endOfString(bytes: Uint8Array, from: number): number {
  const end = bytes.indexOf(quote, from + 1);
  if (end === -1) return bytes.length;
  if (bytes[end - 1] !== backslash) return end + 1;
  let at = from + 1;
  while (at < bytes.length && bytes[at] !== quote) at += bytes[at] === backslash ? 2 : 1;
  return at + 1;
}

/**
 * Refuses JSON text with more values than a request of `maxItems` files can need, before it is parsed: ten megabytes of
 * `[[],[],…` would become gigabytes of objects and stop the event loop for seconds. Counts strings and the characters
 * that open a value; what is inside strings costs next to nothing. Throws `too-many-items`.
 */
export function assertJsonSize(bytes: Uint8Array, maxItems: number): void {
  let left = maxItems * tokensPerItem + tokensForOptions;
  for (let at = 0; at < bytes.length && left >= 0;) {
    const byte = bytes[at]!;
    if (byte === quote || openers.has(byte)) left -= 1;
    at = byte === quote ? endOfString(bytes, at) : at + 1;
  }
  if (left < 0) {
    throw new AppError('too-many-items', `The body holds more values than ${maxItems} files can need.`);
  }
}
