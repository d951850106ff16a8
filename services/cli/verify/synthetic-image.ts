import type { ModelInput } from '#src/domain/model-input.ts';
import type { ModelSpec } from '#src/domain/model-spec.ts';

type Formula = (x: number, y: number, c: number, width: number, height: number) => number;

/** The formulas of the golden files (triton-models/export/synthetic.py): x the column, y the row, c the channel, from 0. */
const formulas: Readonly<Record<string, Formula>> = {
  ramp: (x, y, c) => (7 * x + 13 * y + 29 * c) % 256,
  disc: (x, y, c, width, height) =>
    10 * c + (Math.hypot(x - width / 2, y - height / 2) < (60 * width) / 224 ? 200 : 0),
  quadratic: (x, y, c) => (3 * x * x + 5 * y * y + 7 * x * y + 31 * c) % 256,
};

/** Names of the built-in images. */
export const syntheticNames: readonly string[] = Object.keys(formulas);

/**
 * A built-in test image of the model's input size; undefined for a name that is none.
 * @param shift columns by which it is turned to the right, the last one coming in from the left: another image of the same kind.
 */
export function syntheticImage(
  name: string,
  { input, patchSize = 1 }: Pick<ModelSpec, 'input' | 'patchSize'>,
  shift = 0,
): ModelInput | undefined {
  const formula = Object.hasOwn(formulas, name) ? formulas[name] : undefined;
  if (formula === undefined) return undefined;
  const { channels, height, width } = input;
  const pixels = new Uint8Array(channels * height * width);
  let at = 0;
  for (let c = 0; c < channels; c += 1) {
    for (let y = 0; y < height; y += 1) {
      for (let x = 0; x < width; x += 1) {
        pixels[at++] = formula((x + width - shift) % width, y, c, width, height);
      }
    }
  }
  return { channels, height, width, pixels, geometry: sameSize(height, width, patchSize) };
}

/** The geometry of an image that has the size of the input already. */
function sameSize(height: number, width: number, patchSize: number): ModelInput['geometry'] {
  return {
    mode: 'stretch',
    sourceRows: height,
    sourceColumns: width,
    inputHeight: height,
    inputWidth: width,
    scaleX: 1,
    scaleY: 1,
    offsetX: 0,
    offsetY: 0,
    valid: { x0: 0, y0: 0, x1: width, y1: height },
    patchSize,
  };
}
