/** Where the two uses of LZW differ. */
export interface LzwForm {
  /** Bits of a plain byte: codes below `2 ** literalBits` stand for themselves. */
  readonly literalBits: number;
  /** The first bit of a code is the highest one of a byte. */
  readonly isHighestFirst: boolean;
  /** Codes become one bit wider so many codes before they must. */
  readonly widensEarlyBy: 0 | 1;
}

/** TIFF 6.0, section 13. */
export const tiffLzw: LzwForm = { literalBits: 8, isHighestFirst: true, widensEarlyBy: 1 };
/** GIF89a, appendix F. */
export const gifLzw = (literalBits: number): LzwForm => ({
  literalBits,
  isHighestFirst: false,
  widensEarlyBy: 0,
});

const maxWidth = 12;
const maxCodes = 2 ** maxWidth;

/** Codes of a changing width out of bytes; −1 when the bytes are used up. */
function createCodeReader(packed: Uint8Array, isHighestFirst: boolean): (width: number) => number {
  let at = 0;
  let bits = 0;
  let held = 0;
  return (width) => {
    while (held < width) {
      if (at === packed.length) return -1;
      // At most 11 bits are left over from before, so 19 are held at most.
      bits = isHighestFirst ? ((bits << 8) | packed[at]!) & 0xff_ffff : bits | (packed[at]! << held);
      at += 1;
      held += 8;
    }
    held -= width;
    if (isHighestFirst) return (bits >>> held) & ((1 << width) - 1);
    const code = bits & ((1 << width) - 1);
    bits >>>= width;
    return code;
  };
}

/**
 * LZW with codes of at most 12 bits, a clear code and an end code. Stops when `length` bytes are there or at the end code.
 * A run of the table is a piece of the output already written, so the table holds places, not bytes.
 * @returns as many bytes as were coded, `length` at most; undefined for a code that does not exist yet or data that end early
 */
export function unpackLzw(packed: Uint8Array, form: LzwForm, length: number): Uint8Array | undefined {
  const out = new Uint8Array(length);
  const read = createCodeReader(packed, form.isHighestFirst);
  const clearCode = 1 << form.literalBits;
  const starts = new Uint32Array(maxCodes);
  const lengths = new Uint32Array(maxCodes);
  let next = clearCode + 2;
  let width = form.literalBits + 1;
  let written = 0;
  let previous = -1;
  while (written < length) {
    const code = read(width);
    if (code < 0) return undefined;
    if (code === clearCode + 1) break;
    if (code === clearCode) {
      next = clearCode + 2;
      width = form.literalBits + 1;
      previous = -1;
      continue;
    }
    // Each code makes a new run: the one before and the first byte of this one, which comes right behind it.
    if (previous >= 0 && next < maxCodes) {
      starts[next] = previous;
      lengths[next] = written - previous + 1;
      next += 1;
      if (next + form.widensEarlyBy >= 1 << width && width < maxWidth) width += 1;
    }
    previous = written;
    if (code < clearCode) {
      out[written++] = code;
      continue;
    }
    if (code >= next) return undefined;
    const from = starts[code]!;
    const end = Math.min(written + lengths[code]!, length);
    // Byte by byte: the run may reach into what is being written.
    for (let index = from; written < end; index += 1) out[written++] = out[index]!;
  }
  return out.subarray(0, written);
}
