import { describe, expect, test } from 'vitest';
import { parityGates, type AnsweredCase } from '#services/cli/verify/parity-gates.ts';
import type { GoldenFile } from '#services/cli/verify/golden-file.ts';
import { publishedFor, publishedGates } from '#services/cli/verify/published-values.ts';
import { syntheticImage } from '#services/cli/verify/synthetic-image.ts';
import type { EncoderOutput } from '#src/domain/encoder-output.ts';
import type { ModelSpec } from '#src/domain/model-spec.ts';
import { createDinov3Spec } from '#src/infer/specs/create-dinov3-spec.ts';
import { tinySpec } from '#test/unit/infer/triton/model-fixtures.ts';

const cls = [1, -2, 3, 0.5, -1, 2, 1, 4];
const mean = [0.5, 1, -1, 2, 0, 1, 3, -2];
/** Small integers and halves: exact as half floats. */
const tokens = Array.from({ length: 4 }, (_, index) => cls.map((value) => value + index));
const excerpt = (values: readonly number[]) => ({ first: values.slice(0, 4), norm: Math.hypot(...values) });
const golden: GoldenFile = {
  reference: 'by hand',
  input: { height: 32, width: 32 },
  cases: {
    ramp: {
      cls: excerpt(cls),
      patchMean: excerpt(mean),
      patchTokens: { 0: excerpt(tokens[0]!), 3: excerpt(tokens[3]!) },
    },
  },
};
const halves = (values: readonly number[]) => new Uint16Array(Float16Array.from(values).buffer);
const output = (
  change: (values: readonly number[]) => readonly number[] = (same) => same,
): EncoderOutput => ({
  clsToken: Float32Array.from(change(cls)),
  patchMean: Float32Array.from(change(mean)),
  patchTokens: halves(tokens.flatMap((token) => change(token))),
});
const gatesOf = (spec: ModelSpec, alone: EncoderOutput, inBatch = alone) => {
  const answers: readonly AnsweredCase[] = [{ name: 'ramp', alone, inBatch }];
  return parityGates(spec, golden, answers);
};
const missed = (...args: Parameters<typeof gatesOf>) =>
  gatesOf(...args)
    .filter(({ isPassed }) => !isPassed)
    .map(({ name }) => name);

describe('the parity gates', () => {
  test('pass the reference itself, every output of it', () => {
    expect(gatesOf(tinySpec, output()).map(({ name, isPassed }) => [name, isPassed])).toEqual([
      ['golden.cls.cosine', true],
      ['golden.cls.norm', true],
      ['golden.patch_mean.cosine', true],
      ['golden.patch_mean.norm', true],
      ['golden.patch_tokens.cosine', true],
      ['golden.patch_tokens.norm', true],
      ['finite', true],
      ['aloneAgainstBatch', true],
    ]);
  });

  test('miss vectors of another direction, and of the right one with another length', () => {
    const turned = output(([first, ...rest]) => [-first!, ...rest]);
    expect(missed(tinySpec, turned)).toEqual([
      'golden.cls.cosine',
      'golden.patch_mean.cosine',
      'golden.patch_tokens.cosine',
    ]);
    const longer = output((values) => values.map((value) => value * 1.25));
    expect(missed(tinySpec, longer)).toEqual([
      'golden.cls.norm',
      'golden.patch_mean.norm',
      'golden.patch_tokens.norm',
    ]);
  });

  test('look at the patches that the golden file names, not at the first ones', () => {
    const shifted = { ...output(), patchTokens: halves([...tokens.slice(1), tokens[0]!].flat()) };
    expect(missed(tinySpec, shifted)).toEqual(['golden.patch_tokens.cosine', 'golden.patch_tokens.norm']);
  });

  test('hold a half-precision engine to other limits, and INT8 to its class token alone', () => {
    // 1 % off in one value of four: cosine some 0.99998 … 0.999, between the limits of FP32 and FP16.
    const near = output(([first, ...rest]) => [first! + 0.1, ...rest]);
    expect(missed(tinySpec, near)).toContain('golden.cls.cosine');
    expect(missed({ ...tinySpec, precision: 'fp16' }, near)).not.toContain('golden.cls.cosine');
    const names = gatesOf({ ...tinySpec, precision: 'int8' }, output()).map(({ name }) => name);
    expect(names).toEqual(['golden.cls.cosine', 'finite', 'aloneAgainstBatch']);
  });

  test.each([Number.NaN, Infinity])('miss a patch token that is %d', (value) => {
    const spoiled = tokens.flat();
    spoiled[12] = value;
    const answer = { ...output(), patchTokens: halves(spoiled) };
    expect(missed(tinySpec, answer)).toContain('finite');
  });

  test('miss an engine whose answer depends on the company', () => {
    expect(
      missed(
        tinySpec,
        output(),
        output((values) => values.toReversed()),
      ),
    ).toEqual(['aloneAgainstBatch']);
  });

  test('a model without patches is asked for what it has', () => {
    const spec: ModelSpec = { ...tinySpec, outputs: ['cls'] };
    const names = gatesOf(spec, { clsToken: Float32Array.from(cls) }).map(({ name }) => name);
    expect(names).toEqual(['golden.cls.cosine', 'golden.cls.norm', 'finite', 'aloneAgainstBatch']);
  });
});

describe('the published values', () => {
  const spec = createDinov3Spec({ variant: 'dinov3_vits16', size: 224, weightsDigest: 'ab'.repeat(32) });
  const { cls: first, firstPatch } = publishedFor(spec)!;
  const answer = (off: number): EncoderOutput => ({
    clsToken: Float32Array.from([...first.map((value) => value + off), 9]),
    patchTokens: halves([...firstPatch, 9]),
  });
  const outcome = (output: EncoderOutput) =>
    publishedGates(spec, output).map(({ name, isPassed }) => [name, isPassed]);

  test.each([
    [0.019, true],
    [-0.019, true],
    [0.021, false],
    [-0.021, false],
    [Number.NaN, false],
  ])('with each of the class token off by %d', (off, isPassed) => {
    expect(outcome(answer(off))).toEqual([
      ['published.cls', isPassed],
      ['published.patch_tokens', true],
    ]);
  });

  test.each([
    ['dinov3_vits16', 448, 'fp32'],
    ['dinov3_vits16', 224, 'int8'],
    ['dinov3_vitl16_sat493m', 224, 'fp32'],
  ] as const)(
    'there are none for %s at %d in %s, which is said and is no miss',
    (variant, size, precision) => {
      const other = createDinov3Spec({ variant, size, precision, weightsDigest: 'ab'.repeat(32) });
      expect(publishedGates(other, {})).toEqual([
        { name: 'published', isPassed: true, detail: `none are published for ${other.name}` },
      ]);
    },
  );
});

describe('the built-in images', () => {
  test('follow their formulas, also where the input is not square', () => {
    const spec = { input: { ...tinySpec.input, height: 32, width: 64 }, patchSize: 16 };
    const at = (name: string, x: number, y: number, c: number) =>
      syntheticImage(name, spec)!.pixels[c * 32 * 64 + y * 64 + x];
    expect(at('ramp', 50, 20, 2)).toBe((7 * 50 + 13 * 20 + 29 * 2) % 256);
    expect(at('quadratic', 50, 20, 1)).toBe((3 * 50 * 50 + 5 * 20 * 20 + 7 * 50 * 20 + 31) % 256);
    // The disc lies in the middle, column 32 and row 16, with a radius of 60 · 64 / 224 = 17.1 pixels.
    expect([at('disc', 49, 16, 1), at('disc', 50, 16, 1), at('disc', 32, 31, 0)]).toEqual([210, 10, 200]);
  });

  test('have the names that are known and no others', () => {
    expect(syntheticImage('toString', tinySpec)).toBeUndefined();
  });
});
