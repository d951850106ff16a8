import type { EncoderOutput } from '#src/domain/encoder-output.ts';
import type { ModelSpec } from '#src/domain/model-spec.ts';
import { atMost, notAsked, type Gate } from './gate.ts';
import { fromHalves } from './vectors.ts';

/** First five values of two vectors. */
interface Published {
  readonly cls: readonly number[];
  readonly firstPatch: readonly number[];
}

/**
 * The values that transformers' conversion script holds its own models against (`convert_dinov3_vit_to_hf.py`): the image
 * 000000039769.jpg of the COCO validation set, brought to 224 x 224 by bilinear resampling with antialiasing, in FP32.
 */
const published: Readonly<Record<string, Published>> = {
  dinov3_vits16: row(
    [0.463561, -0.415609, 0.408236, -0.126613, -0.286636],
    [-0.038754, -0.250895, -0.016392, -0.455473, 0.571582],
  ),
  dinov3_vits16plus: row(
    [-0.471349, -1.365778, -0.317983, 0.377219, -0.769085],
    [0.144551, -0.388117, -0.393433, -0.157695, -0.60038],
  ),
  dinov3_vitb16: row(
    [1.034643, -0.180609, -0.341018, -0.066376, -0.011383],
    [-0.082523, -0.456272, -0.728029, -0.43068, -0.15288],
  ),
  dinov3_vitl16: row(
    [0.484527, -0.582214, 0.480636, 0.59204, 0.945166],
    [-0.211367, -0.490863, -0.257131, 0.101763, 0.154511],
  ),
  dinov3_vith16plus: row(
    [-0.064575, -0.148866, -0.621524, 0.634878, 0.152695],
    [-0.093817, 0.287407, -0.050036, 0.428043, 0.094561],
  ),
  dinov3_vit7b16: row(
    [0.275439, -0.261353, 0.067772, 0.049936, -0.158747],
    [0.044442, -0.052542, 0.070777, -0.065111, -0.026546],
  ),
};

/** The script itself allows 1e-3 for floats that are resized as floats; our pixels are rounded to 8 bits after resizing. */
const tolerance = 0.02;
/** The size for which they are published, in pixels. */
const publishedSize = 224;

function row(cls: readonly number[], firstPatch: readonly number[]): Published {
  return { cls, firstPatch };
}

/** The values published for a model, or undefined: they are of one size, and of the float weights themselves. */
export function publishedFor({ variant, input, precision }: ModelSpec): Published | undefined {
  const isSize = input.height === publishedSize && input.width === publishedSize;
  return isSize && precision !== 'int8' && Object.hasOwn(published, variant) ? published[variant] : undefined;
}

const greatestDifference = (actual: Float32Array, expected: readonly number[]): number =>
  expected.reduce((greatest, value, index) => {
    const difference = Math.abs((actual[index] ?? Number.NaN) - value);
    return difference > greatest || Number.isNaN(difference) ? difference : greatest;
  }, 0);

/** What an encoder said of the reference image, against the published values. */
export function publishedGates(spec: ModelSpec, { clsToken, patchTokens }: EncoderOutput): readonly Gate[] {
  const expected = publishedFor(spec);
  if (expected === undefined) return [notAsked('published', `none are published for ${spec.name}`)];
  const gate = (name: string, actual: Float32Array, values: readonly number[]): Gate =>
    atMost(
      `published.${name}`,
      greatestDifference(actual, values),
      tolerance,
      'first five values, reference image',
    );
  return [
    gate('cls', clsToken!, expected.cls),
    gate('patch_tokens', fromHalves(patchTokens!), expected.firstPatch),
  ];
}
