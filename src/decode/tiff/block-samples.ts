import type { SampleArray } from '#src/domain/image-frame.ts';
import { damagedTiff } from './byte-source.ts';
import type { TiffPage } from './tiff-page.ts';

type SampleKind = Pick<TiffPage, 'bitsPerSample' | 'representation'>;

const bySize = {
  unsigned: { 1: Uint8Array, 2: Uint16Array, 4: Uint32Array },
  signed: { 1: Int8Array, 2: Int16Array, 4: Int32Array },
} as const;

/** The kind of array that holds such samples; half floats get one of single floats. */
function arrayOf({ bitsPerSample, representation }: SampleKind) {
  if (representation === 'float') return bitsPerSample === 64 ? Float64Array : Float32Array;
  return bySize[representation][bitsPerSample <= 8 ? 1 : bitsPerSample <= 16 ? 2 : 4];
}

/** An array for samples of one kind, filled with zeros. */
export const createSamples = (kind: SampleKind, length: number): SampleArray => new (arrayOf(kind))(length);

/** Samples of fewer bits than a byte, or of 9 to 15: packed from the highest bit down, every row from a whole byte. */
function unpackRowsInto(bytes: Uint8Array, bits: number, rowSamples: number, target: SampleArray): void {
  const rowBytes = Math.ceil((rowSamples * bits) / 8);
  const mask = (1 << bits) - 1;
  for (let row = 0, to = 0; to < target.length; row += 1) {
    let held = 0;
    let word = 0;
    let at = row * rowBytes;
    for (let sample = 0; sample < rowSamples; sample += 1, to += 1) {
      while (held < bits) {
        word = ((word << 8) | bytes[at++]!) & 0xff_ffff;
        held += 8;
      }
      held -= bits;
      target[to] = (word >>> held) & mask;
    }
  }
}

/** A copy of the bytes with those of each sample in the order of this machine, which is little endian. */
export function toLittleEndian(bytes: Uint8Array, sampleBytes: number, isLittle: boolean): Uint8Array {
  // A copy in any case: typed arrays want aligned bytes, and a predictor is undone in place.
  const copy = new Uint8Array(bytes);
  if (isLittle || sampleBytes === 1) return copy;
  const swapped = Buffer.from(copy.buffer);
  if (sampleBytes === 2) swapped.swap16();
  else if (sampleBytes === 4) swapped.swap32();
  else swapped.swap64();
  return copy;
}

/**
 * Bytes of a block → samples, as many as `length`. Where a sample has whole bytes they are little endian and all of a buffer
 * of their own, of which the samples are a view: a large block shall not lie in memory twice.
 * @param rowSamples samples of a row of the block
 */
export function toSamples(
  bytes: Uint8Array,
  kind: SampleKind,
  rowSamples: number,
  length: number,
): SampleArray {
  const { bitsPerSample, representation } = kind;
  if (bitsPerSample % 8 !== 0) {
    const samples = createSamples(kind, length);
    unpackRowsInto(bytes, bitsPerSample, rowSamples, samples);
    return samples;
  }
  if (representation === 'float' && bitsPerSample === 16) {
    const samples = createSamples(kind, length);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let index = 0; index < length; index += 1) samples[index] = view.getFloat16(2 * index, true);
    return samples;
  }
  if (bytes.byteOffset !== 0 || bytes.byteLength !== (length * bitsPerSample) / 8) throw damagedTiff();
  return new (arrayOf(kind))(bytes.buffer as ArrayBuffer, 0, length);
}
