/**
 * RGBRGB… → R…G…B…: `target` takes 3 planes of `source.length / 3` bytes each.
 */
export function interleavedToPlanarInto(source: Uint8Array, target: Uint8Array): void {
  const plane = source.length / 3;
  for (let pixel = 0, at = 0; pixel < plane; pixel += 1, at += 3) {
    target[pixel] = source[at]!;
    target[plane + pixel] = source[at + 1]!;
    target[2 * plane + pixel] = source[at + 2]!;
  }
}
