/**
 * Test pictures as arithmetic, the same as test/golden/preprocess/patterns.py: interleaved samples of `rows × columns × channels`.
 */
export type PatternName = 'noise' | 'waves';

/** Uniform-looking 32-bit hash of a sample's place. */
function noiseAt(x: number, y: number, channel: number): number {
  let hash = (Math.imul(x, 73856093) ^ Math.imul(y, 19349663) ^ Math.imul(channel, 83492791)) >>> 0;
  hash = Math.imul(hash ^ (hash >>> 13), 1274126177) >>> 0;
  return (hash ^ (hash >>> 16)) >>> 0;
}

const waveAt = (x: number, y: number, channel: number): number =>
  (x * 3 + y * 5 + Math.floor((x * y) / 16) + channel * 40) & 255;

export function makePattern(
  name: PatternName,
  rows: number,
  columns: number,
  channels: number,
  bits: number,
): Uint8Array | Uint16Array {
  const samples =
    bits > 8 ? new Uint16Array(rows * columns * channels) : new Uint8Array(rows * columns * channels);
  const top = 2 ** bits - 1;
  let at = 0;
  for (let y = 0; y < rows; y += 1) {
    for (let x = 0; x < columns; x += 1) {
      for (let channel = 0; channel < channels; channel += 1, at += 1) {
        const wave = waveAt(x, y, channel);
        samples[at] = name === 'noise' ? noiseAt(x, y, channel) & top : Math.floor((wave * top) / 255);
      }
    }
  }
  return samples;
}
