/** The formulas of golden.json (triton-models/export/synthetic.py): x the column, y the row, c the channel, from 0. */
const formulas = {
  ramp: (x: number, y: number, c: number) => (7 * x + 13 * y + 29 * c) % 256,
  disc: (x: number, y: number, c: number, size: number) =>
    10 * c + (Math.hypot(x - size / 2, y - size / 2) < (60 * size) / 224 ? 200 : 0),
  quadratic: (x: number, y: number, c: number) => (3 * x * x + 5 * y * y + 7 * x * y + 31 * c) % 256,
};

export type ImageName = keyof typeof formulas;
export const imageNames = Object.keys(formulas) as readonly ImageName[];

/** A square UINT8 image, planar, `3 * size * size` bytes. */
export function syntheticImage(name: ImageName, size: number): Uint8Array {
  const pixels = new Uint8Array(3 * size * size);
  let at = 0;
  for (let c = 0; c < 3; c++) {
    for (let y = 0; y < size; y++) {
      for (let x = 0; x < size; x++) pixels[at++] = formulas[name](x, y, c, size);
    }
  }
  return pixels;
}

/** `count` images of a smooth random field each (a 7 × 7 grid of values, interpolated), the same for a seed. */
export function randomImages(count: number, size: number, seed: number): readonly Uint8Array[] {
  const next = lcg(seed);
  return Array.from({ length: count }, () => {
    const pixels = new Uint8Array(3 * size * size);
    for (let c = 0; c < 3; c++) pixels.set(smoothPlane(size, next), c * size * size);
    return pixels;
  });
}

function smoothPlane(size: number, next: () => number): Uint8Array {
  const cells = 6;
  const grid = Float64Array.from({ length: (cells + 1) ** 2 }, () => next() * 255);
  const plane = new Uint8Array(size * size);
  for (let y = 0; y < size; y++) {
    const v = (y / size) * cells;
    const row = Math.floor(v);
    for (let x = 0; x < size; x++) {
      const u = (x / size) * cells;
      const at = row * (cells + 1) + Math.floor(u);
      const right = u % 1;
      const top = grid[at]! * (1 - right) + grid[at + 1]! * right;
      const bottom = grid[at + cells + 1]! * (1 - right) + grid[at + cells + 2]! * right;
      plane[y * size + x] = top * (1 - v + row) + bottom * (v - row);
    }
  }
  return plane;
}

/** A linear congruential generator modulo 2^32 (constants of Knuth and Lewis): enough for test images. */
function lcg(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
