import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { inferImages, type OutputTensor } from '../client/infer-images.ts';
import { imageNames, syntheticImage } from '../client/synthetic-images.ts';
import type { KserveTarget } from '../servers/kserve-target.ts';

interface Excerpt {
  readonly first: readonly number[];
  readonly norm: number;
}
interface Golden {
  readonly tolerance: { readonly cls: number; readonly patchMean: number; readonly patchTokens: number };
  readonly cases: Record<
    string,
    { readonly cls: Excerpt; readonly patchMean: Excerpt; readonly patchTokens: Record<string, Excerpt> }
  >;
}

/** A tenth of a percent: an FP32 engine is within 1e-5, FP16 rounding of a token moves its norm by 2e-4 at most. */
const normTolerance = 1e-3;

function expectNear(actual: Float32Array, expected: Excerpt, tolerance: number): void {
  for (const [index, value] of expected.first.entries()) {
    expect(Math.abs(actual[index]! - value), `value ${index}`).toBeLessThanOrEqual(tolerance);
  }
  const norm = Math.hypot(...actual);
  expect(Math.abs(norm / expected.norm - 1), 'norm').toBeLessThanOrEqual(normTolerance);
}

const token = (output: OutputTensor, index: number, dimension: number): Float32Array =>
  output.values.subarray(index * dimension, (index + 1) * dimension);

/** Outputs against golden.json, whose values come from the transformers implementation with the same weights. */
export function defineGoldenCases(target: () => KserveTarget): void {
  describe.each(['demo_vit_224', 'demo_vit_448'])('%s', (model) => {
    const golden = JSON.parse(readFileSync(`triton-models/${model}/golden.json`, 'utf8')) as Golden;

    test('the golden file covers every formula', () => {
      expect(Object.keys(golden.cases).sort()).toEqual([...imageNames].sort());
    });

    test.each(imageNames)('the reference values of the image "%s"', async (name) => {
      const { client, specs } = target();
      const spec = specs.find((entry) => entry.name === model)!;
      const size = spec.input.height;
      const outputs = await inferImages(client, model, [syntheticImage(name, size)], size);
      const expected = golden.cases[name]!;
      expectNear(outputs.get('cls')!.values, expected.cls, golden.tolerance.cls);
      expectNear(outputs.get('patch_mean')!.values, expected.patchMean, golden.tolerance.patchMean);
      for (const [index, excerpt] of Object.entries(expected.patchTokens)) {
        const values = token(outputs.get('patch_tokens')!, Number(index), spec.dimension);
        expectNear(values, excerpt, golden.tolerance.patchTokens);
      }
    });
  });
}
