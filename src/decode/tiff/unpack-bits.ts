import { damagedTiff } from './byte-source.ts';

/**
 * PackBits (TIFF 6.0, section 9): a count n from 0 to 127 is followed by n + 1 bytes as they are, one from −127 to −1 by a
 * byte to be repeated 1 − n times, −128 by nothing. Stops when `length` bytes are there.
 * @throws AppError undecodable-image when the data end before
 */
export function unpackBits(packed: Uint8Array, length: number): Uint8Array {
  const out = new Uint8Array(length);
  let written = 0;
  for (let at = 0; written < length;) {
    const count = packed[at];
    if (count === undefined) throw damagedTiff();
    at += 1;
    if (count === 128) continue;
    const run = Math.min(count < 128 ? count + 1 : 257 - count, length - written);
    if (count < 128) {
      if (at + run > packed.length) throw damagedTiff();
      out.set(packed.subarray(at, at + run), written);
      at += run;
    } else {
      if (at === packed.length) throw damagedTiff();
      out.fill(packed[at]!, written, written + run);
      at += 1;
    }
    written += run;
  }
  return out;
}
