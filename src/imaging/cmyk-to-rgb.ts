/** a·b/255, rounded, for bytes, without a division: exact for every pair of bytes. */
function multiplyBytes(a: number, b: number): number {
  const product = a * b + 128;
  return ((product >> 8) + product) >> 8;
}

/**
 * Ink to light by multiplication, without a colour profile: R = K′ − C·K′/255 with K′ = 255 − K, and so on; what Pillow's
 * `convert('RGB')` computes. `target` takes 3 bytes for every 4 of `source` (interleaved CMYK, 255 = full ink).
 */
export function cmykToRgbInto(source: Uint8Array, target: Uint8Array): void {
  for (let from = 0, to = 0; from < source.length; from += 4, to += 3) {
    const light = 255 - source[from + 3]!;
    target[to] = light - multiplyBytes(source[from]!, light);
    target[to + 1] = light - multiplyBytes(source[from + 1]!, light);
    target[to + 2] = light - multiplyBytes(source[from + 2]!, light);
  }
}
