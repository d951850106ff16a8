import { describe, expect, test } from 'vitest';
import { patchGrid } from '#src/domain/model-spec.ts';
import { createDinov3Spec } from '#src/infer/specs/create-dinov3-spec.ts';
import { dinov3Family, dinov3Sizes } from '#src/infer/specs/dinov3-family.ts';
import { parseModelSpec } from '#src/infer/specs/parse-model-spec.ts';

const weightsDigest = 'ab'.repeat(32);
const everyModel = dinov3Family.flatMap(({ variant }) =>
  dinov3Sizes.flatMap((size) =>
    (['fp32', 'fp16', 'int8'] as const).map((precision) => ({ variant, size, weightsDigest, precision })),
  ),
);

/** Parameters by the architecture: embeddings, blocks and the final norm; see the table of the DINOv3 model card. */
function parametersOf({
  dimension: d,
  depth,
  feedForward,
  hiddenDimension: h,
}: (typeof dinov3Family)[number]) {
  const ffn = feedForward === 'mlp' ? 2 * d * h + h + d : 3 * d * h + 2 * h + d;
  // Four projections (biases of q, v and o), two norms, two layer scales.
  const block = 4 * d * d + 3 * d + 6 * d + ffn;
  return 3 * 16 * 16 * d + d + 5 * d + depth * block + 2 * d;
}

describe('createDinov3Spec', () => {
  test.each(everyModel)('gives a valid spec for $variant at $size in $precision', (request) => {
    const spec = createDinov3Spec(request);
    expect(parseModelSpec(JSON.parse(JSON.stringify(spec)))).toEqual(spec);
    const { rows, columns } = patchGrid(spec);
    expect(rows * columns * 256).toBe(request.size ** 2);
    // A full batch never holds more patches than 32 images of 224 x 224, unless it is a single image.
    expect(spec.maxBatchSize === 1 || spec.maxBatchSize * rows * columns <= 6272).toBe(true);
    expect(spec.licence.name).toBe('DINOv3 License');
  });

  test('no two models share a name, save FP16 and FP32 ones of the same weights', () => {
    const names = everyModel
      .filter(({ precision }) => precision !== 'fp16')
      .map((one) => createDinov3Spec(one).name);
    expect(new Set(names).size).toBe(names.length);
  });

  test('the batch limits are those of the committed demo models at their sizes', () => {
    const limit = (size: number) =>
      createDinov3Spec({ variant: 'dinov3_vits16', size, weightsDigest }).maxBatchSize;
    expect([224, 448, 1024].map(limit)).toEqual([32, 8, 1]);
  });

  test('satellite weights have their own normalisation and say so', () => {
    const spec = createDinov3Spec({ variant: 'dinov3_vitl16_sat493m', size: 256, weightsDigest });
    expect(spec.input.mean).toEqual([0.43, 0.411, 0.296]);
    expect(spec.input.std).toEqual([0.213, 0.156, 0.143]);
    expect(spec.advisories.map(({ code }) => code)).toEqual(['satellite-weights']);
  });

  test('INT8 is a variant of its own, with a warning', () => {
    const spec = createDinov3Spec({ variant: 'dinov3_vits16', size: 224, weightsDigest, precision: 'int8' });
    expect(spec).toMatchObject({ name: 'dinov3_vits16_int8_224', precision: 'int8' });
    expect(spec.advisories.map(({ code }) => code)).toEqual(['int8-engine']);
  });

  test.each([
    { variant: 'dinov3_vitg16', size: 224 },
    { variant: 'dinov3_vits16', size: 225 },
    { variant: 'dinov3_vits16', size: 240 },
  ])('refuses $variant at $size', (request) => {
    expect(() => createDinov3Spec({ ...request, weightsDigest })).toThrow(
      expect.objectContaining({ code: 'malformed-request' }),
    );
  });
});

describe('dinov3Family', () => {
  // Millions of parameters, of the model card (rounded there) and of timm (two digits for the smaller ones).
  test.each([
    ['dinov3_vits16', 21.6],
    ['dinov3_vits16plus', 28.69],
    ['dinov3_vitb16', 85.67],
    ['dinov3_vitl16', 303.15],
    ['dinov3_vith16plus', 840.6],
    ['dinov3_vit7b16', 6716.0],
  ])('%s has the published number of parameters', (variant, millions) => {
    const member = dinov3Family.find((entry) => entry.variant === variant);
    expect(member).toBeDefined();
    if (member === undefined) return;
    expect(Math.abs(parametersOf(member) / 1e6 / millions - 1)).toBeLessThan(1e-3);
    expect([64, 128]).toContain(member.dimension / member.heads);
  });
});
