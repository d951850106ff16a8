import type { TiffPage } from './tiff-page.ts';

/** Sums along each row, wrapping around as the samples do; each sample with the same one of the pixel before. */
function addAlongRows(
  samples: Uint8Array | Uint16Array | Uint32Array,
  rowSamples: number,
  step: number,
): void {
  for (let row = 0; row < samples.length; row += rowSamples) {
    for (let at = row + step; at < row + rowSamples; at += 1)
      samples[at] = samples[at]! + samples[at - step]!;
  }
}

/**
 * Predictor 3 (Adobe's TIFF Technical Note 3): a row holds the highest byte of every sample, then the next lower ones, and
 * so on, whatever the byte order of the file, and each byte is the difference from the one `step` before.
 */
function joinFloatBytes(
  bytes: Uint8Array,
  rowSamples: number,
  step: number,
  sampleBytes: number,
): Uint8Array {
  const rowBytes = rowSamples * sampleBytes;
  addAlongRows(bytes, rowBytes, step);
  const joined = new Uint8Array(bytes.length);
  for (let row = 0; row < bytes.length; row += rowBytes) {
    for (let sample = 0; sample < rowSamples; sample += 1) {
      for (let byte = 0; byte < sampleBytes; byte += 1) {
        joined[row + sample * sampleBytes + byte] =
          bytes[row + (sampleBytes - 1 - byte) * rowSamples + sample]!;
      }
    }
  }
  return joined;
}

/**
 * Undoes predictor 2 (TIFF 6.0, section 14) or 3 in a block of whole rows.
 * @param bytes little endian for predictor 2, as they came for 3; all of a buffer of their own, which is changed
 * @param step samples of a pixel in this block
 * @returns little-endian bytes
 */
export function undoPredictor(
  bytes: Uint8Array,
  { bitsPerSample, representation }: Pick<TiffPage, 'bitsPerSample' | 'representation'>,
  rowSamples: number,
  step: number,
): Uint8Array {
  const sampleBytes = bitsPerSample / 8;
  if (representation === 'float') return joinFloatBytes(bytes, rowSamples, step, sampleBytes);
  const words = { 1: Uint8Array, 2: Uint16Array, 4: Uint32Array }[sampleBytes as 1 | 2 | 4];
  const samples = new words(bytes.buffer as ArrayBuffer);
  addAlongRows(samples, rowSamples, step);
  return bytes;
}
