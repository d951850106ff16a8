/** R…G…B… → RGBRGB…; a single plane is repeated for all three. Returns memory of its own. */
export function planarToInterleaved(planes: Uint8Array, channels: number): Uint8Array {
  const size = planes.length / channels;
  const second = channels === 1 ? 0 : size;
  const pixels = new Uint8Array(3 * size);
  for (let pixel = 0, at = 0; pixel < size; pixel += 1, at += 3) {
    pixels[at] = planes[pixel]!;
    pixels[at + 1] = planes[second + pixel]!;
    pixels[at + 2] = planes[2 * second + pixel]!;
  }
  return pixels;
}
