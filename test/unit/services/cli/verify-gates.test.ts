import { describe, expect, test } from 'vitest';
import { parityGates, type AnsweredCase } from '#services/cli/verify/parity-gates.ts';
import { parityLimits } from '#services/cli/verify/parity-limits.ts';
import { publishedFor, publishedGates } from '#services/cli/verify/published-values.ts';
import type { Reference } from '#services/cli/verify/read-reference.ts';
import { syntheticImage } from '#services/cli/verify/synthetic-image.ts';
import { trialImages, triedBatch } from '#services/cli/verify/trial-images.ts';
import { cosinesOf, leastOf, percentile } from '#services/cli/verify/vectors.ts';
import type { EncoderOutput, OutputName } from '#src/domain/encoder-output.ts';
import type { ModelSpec } from '#src/domain/model-spec.ts';
import { maxHeadAucLoss } from '#src/infer/repository/find-head-gate-fault.ts';
import { createDinov3Spec } from '#src/infer/specs/create-dinov3-spec.ts';
import { tinySpec } from '#test/unit/infer/triton/model-fixtures.ts';

const D = tinySpec.dimension;
const cls = [1, -2, 3, 0.5, -1, 2, 1, 4];
const mean = [0.5, 1, -1, 2, 0, 1, 3, -2];
/** Small integers and halves: exact as half floats. */
const tokens = Array.from({ length: 4 }, (_, index) => cls.map((value) => value + index));
const reference: Reference = {
  cases: ['ramp'],
  outputs: new Map<OutputName, Float32Array>([
    ['cls', Float32Array.from(cls)],
    ['patch_mean', Float32Array.from(mean)],
    ['patch_tokens', Float32Array.from(tokens.flat())],
  ]),
};
const halves = (values: readonly number[]) => new Uint16Array(Float16Array.from(values).buffer);
const output = (
  change: (values: readonly number[]) => readonly number[] = (same) => same,
): EncoderOutput => ({
  clsToken: Float32Array.from(change(cls)),
  patchMean: Float32Array.from(change(mean)),
  patchTokens: halves(tokens.flatMap((token) => change(token))),
});
/** A second image that is beyond reproach: a batch has two. */
const other: AnsweredCase = { name: 'disc', alone: output(), inBatch: output() };
const gatesOf = (
  spec: ModelSpec,
  alone: EncoderOutput,
  inBatch = alone,
  expected: Reference | string = reference,
) => parityGates(spec, expected, [other, { name: 'ramp', alone, inBatch }]);
const missed = (...args: Parameters<typeof gatesOf>) =>
  gatesOf(...args)
    .filter(({ isPassed }) => isPassed !== true)
    .map(({ name }) => name);
const fp32Names = ['cls', 'patch_mean', 'patch_tokens'].flatMap((name) => [
  `golden.${name}.cosineMin`,
  `golden.${name}.relativeFrobenius`,
]);

describe('the parity gates', () => {
  test('pass the reference itself, every output of it', () => {
    expect(gatesOf(tinySpec, output()).map(({ name, isPassed }) => [name, isPassed])).toEqual(
      [...fp32Names, 'finite', 'aloneAgainstBatch'].map((name) => [name, true]),
    );
  });

  test('miss vectors of the right direction and another length', () => {
    expect(
      missed(
        tinySpec,
        output((values) => values.map((value) => value * 1.25)),
      ),
    ).toEqual(fp32Names.filter((name) => name.endsWith('Frobenius')));
  });

  test('see the last value of a vector and the last patch, not only the first ones', () => {
    const last = { ...output(), clsToken: Float32Array.from(cls.with(-1, -4)) };
    expect(missed(tinySpec, last)).toEqual(['golden.cls.cosineMin', 'golden.cls.relativeFrobenius']);
    const patch = { ...output(), patchTokens: halves(tokens.with(-2, tokens[2]!.toReversed()).flat()) };
    expect(missed(tinySpec, patch)).toEqual(fp32Names.slice(4));
  });

  test('take the answer to the very image of the reference', () => {
    const swapped: Reference = { ...reference, cases: ['disc'] };
    const turned = output((values) => values.toReversed());
    expect(missed(tinySpec, turned, turned, swapped)).toEqual([]);
    expect(missed(tinySpec, turned)).toEqual(fp32Names);
  });

  test('a reference that lacks an output of the spec is a missed gate', () => {
    const outputs = new Map([...reference.outputs].filter(([name]) => name !== 'patch_tokens'));
    const gates = gatesOf({ ...tinySpec, precision: 'int8' }, output(), output(), { ...reference, outputs });
    expect(gates).toContainEqual({
      name: 'golden.patch_tokens',
      isPassed: false,
      detail: 'golden.safetensors lacks it',
    });
  });

  test('what cannot be read is a missed gate, and the others are asked all the same', () => {
    expect(missed(tinySpec, output(), output(), 'it is gone')).toEqual(['golden']);
    expect(gatesOf(tinySpec, output(), output(), 'it is gone')).toHaveLength(3);
  });

  test.each(['cls', 'patch_mean', 'patch_tokens'] as const)(
    'miss a %s that is no number, in INT8 too',
    (name) => {
      for (const value of [Number.NaN, Infinity]) {
        const spoiled = {
          cls: { ...output(), clsToken: Float32Array.from(cls.with(5, value)) },
          patch_mean: { ...output(), patchMean: Float32Array.from(mean.with(5, value)) },
          patch_tokens: { ...output(), patchTokens: halves(tokens.flat().with(12, value)) },
        }[name];
        expect(missed({ ...tinySpec, precision: 'int8' }, spoiled)).toContain('finite');
        // Only inside the batch.
        expect(missed({ ...tinySpec, precision: 'int8' }, output(), spoiled)).toContain('finite');
      }
    },
  );

  test('a model without patches is asked for what it has', () => {
    const spec: ModelSpec = { ...tinySpec, outputs: ['cls'] };
    const names = gatesOf(spec, { clsToken: Float32Array.from(cls) }).map(({ name }) => name);
    expect(names).toEqual([...fp32Names.slice(0, 2), 'finite', 'aloneAgainstBatch']);
  });

  test('a token that the reference has as zero counts in the distance alone', () => {
    const zero = tokens.with(
      1,
      cls.map(() => 0),
    );
    const outputs = new Map(reference.outputs).set('patch_tokens', Float32Array.from(zero.flat()));
    const same = { ...output(), patchTokens: halves(zero.flat()) };
    expect(missed(tinySpec, same, same, { ...reference, outputs })).toEqual([]);
    expect(missed(tinySpec, output(), output(), { ...reference, outputs })).toEqual([fp32Names.at(-1)]);
  });
});

/** A vector at this cosine to `from`, of its length. */
function atCosine(from: readonly number[], cosine: number): readonly number[] {
  const [a, b, ...rest] = from as [number, number];
  // Perpendicular to the vector: (b, -a, 0 …).
  const scale = Math.hypot(...from) / Math.hypot(a, b);
  const sine = Math.sqrt(1 - cosine ** 2);
  return [
    cosine * a + sine * scale * b,
    cosine * b - sine * scale * a,
    ...rest.map((value) => cosine * value),
  ];
}

/* The figures stand here once more, so that none is loosened unseen; the same for Python in test/conformance/export/gate_checks.py. */
const half = [
  ['cls', 'cosineMin', 0.999],
  ['cls', 'relativeFrobenius', 0.02],
  ['patch_mean', 'cosineMin', 0.999],
  ['patch_mean', 'relativeFrobenius', 0.02],
  ['patch_tokens', 'cosineP01', 0.995],
  ['patch_tokens', 'relativeFrobenius', 0.02],
] as const;
const wanted = {
  fp32: (['cls', 'patch_mean', 'patch_tokens'] as const).flatMap((name) => [
    [name, 'cosineMin', 0.9999] as const,
    [name, 'relativeFrobenius', 0.001] as const,
  ]),
  fp16: half,
  bf16: half,
  int8: [['cls', 'cosineMin', 0.99]] as const,
};
const rows = (Object.keys(wanted) as (keyof typeof wanted)[]).flatMap((precision) =>
  wanted[precision].map(([name, figure, limit]) => [precision, name, figure, limit] as const),
);

describe('the limits', () => {
  test.each(rows)('%s, %s: %s %d, held from both sides', (precision, name, figure, limit) => {
    const spec = { ...tinySpec, precision };
    const isCosine = figure !== 'relativeFrobenius';
    // One part in a hundred of what is allowed, to either side. The reference is moved: half floats would be too coarse.
    const outcome = (share: number) => {
      const moved = (values: readonly number[]) =>
        isCosine
          ? atCosine(values, 1 - (1 - limit) * share)
          : values.map((value) => value / (1 + limit * share));
      const vectors = { cls: [cls], patch_mean: [mean], patch_tokens: tokens }[name];
      const outputs = new Map(reference.outputs).set(name, Float32Array.from(vectors.flatMap(moved)));
      const gates = gatesOf(spec, output(), output(), { ...reference, outputs });
      const gate = gates.find((each) => each.name === `golden.${name}.${figure}`);
      expect(gate?.limit).toEqual(isCosine ? { least: limit } : { greatest: limit });
      return gate?.isPassed;
    };
    expect([outcome(0.99), outcome(1.01)]).toEqual([true, false]);
  });

  test.each(Object.entries(wanted))('%s has these and no others', (precision, entries) => {
    const spec = { ...tinySpec, precision: precision as ModelSpec['precision'] };
    const names = gatesOf(spec, output()).map(({ name }) => name);
    const golden = entries.map(([name, figure]) => `golden.${name}.${figure}`);
    expect(names).toEqual([...golden, 'finite', 'aloneAgainstBatch']);
  });

  test('the loss of AUC that the servers accept is the one that the export accepts', () => {
    expect([maxHeadAucLoss, parityLimits.headAucLossMax]).toEqual([0.005, 0.005]);
  });

  test('alone and in a batch: each vector 0.99999, of every output and precision', () => {
    for (const precision of ['fp32', 'fp16', 'bf16', 'int8'] as const) {
      for (const key of ['clsToken', 'patchMean'] as const) {
        const inBatch = (cosine: number) => ({
          ...output(),
          [key]: output((values) => atCosine(values, cosine))[key],
        });
        const spec = { ...tinySpec, precision };
        expect(missed(spec, output(), inBatch(0.9999902))).toEqual([]);
        expect(missed(spec, output(), inBatch(0.9999898))).toEqual(['aloneAgainstBatch']);
      }
    }
    // One patch of four, which is lost in a cosine over all of them.
    const patch = { ...output(), patchTokens: halves(tokens.with(3, tokens[3]!.with(0, 4.0625)).flat()) };
    expect(missed(tinySpec, output(), patch)).toEqual(['aloneAgainstBatch']);
  });

  test('a batch that was not tried is not asked, and neither passed nor missed', () => {
    const answers = [{ name: 'ramp', alone: output(), inBatch: undefined }];
    expect(parityGates(tinySpec, reference, answers).at(-1)).toEqual({
      name: 'aloneAgainstBatch',
      isPassed: null,
      detail: 'the model takes one image at a time',
    });
  });

  test('the first percentile is numpy’s: of a hundred the lowest counts by one hundredth', () => {
    const values = Float64Array.from({ length: 100 }, (_, index) => (index === 40 ? 0 : 1));
    expect(percentile(values, 1)).toBeCloseTo(0.99, 12);
    expect(percentile(values.with(41, 0), 1)).toBe(0);
    expect(percentile(values.with(7, Number.NaN), 1)).toBeNaN();
    expect(percentile(new Float64Array(), 1)).toBeNaN();
  });

  test('no number is the least of all, wherever it stands', () => {
    expect(leastOf(Float64Array.of(1, Number.NaN, 0.5))).toBeNaN();
    expect(leastOf(Float64Array.of(1, 0.25, 0.5))).toBe(0.25);
    expect(leastOf(new Float64Array())).toBeNaN();
  });

  test('a vector of zeros where there should be one is no number', () => {
    expect([...cosinesOf(new Float32Array(D), Float32Array.from(cls), D)]).toEqual([Number.NaN]);
  });
});

describe('the images of a verification', () => {
  const of = (maxBatchSize: number) => trialImages({ ...tinySpec, maxBatchSize });

  test.each([
    [1, 3, 1],
    [2, 3, 2],
    [5, 5, 5],
    [8, 8, 8],
    [32, 8, 8],
  ])('a model of at most %d: %d images, %d of them together', (maxBatchSize, images, together) => {
    expect(of(maxBatchSize)).toHaveLength(images);
    expect(triedBatch({ maxBatchSize })).toBe(together);
  });

  test('are the built-in ones and turned ones, all different', () => {
    const images = of(8);
    expect(images.map(({ name }) => name)).toEqual([
      'ramp',
      'disc',
      'quadratic',
      'ramp+1/8',
      'disc+1/8',
      'quadratic+1/8',
      'ramp+2/8',
      'disc+2/8',
    ]);
    expect(new Set(images.map(({ input }) => Buffer.from(input.pixels).toString('base64'))).size).toBe(8);
    expect(images[0]!.input.pixels).toEqual(syntheticImage('ramp', tinySpec)!.pixels);
    // Turned to the right by an eighth of 32 columns: the fifth one is the first one.
    expect([...images[3]!.input.pixels.subarray(4, 8)]).toEqual([...images[0]!.input.pixels.subarray(0, 4)]);
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
    [
      'dinov3_vits16',
      [0.463561, -0.415609, 0.408236, -0.126613, -0.286636],
      [-0.038754, -0.250895, -0.016392, -0.455473, 0.571582],
    ],
    [
      'dinov3_vits16plus',
      [-0.471349, -1.365778, -0.317983, 0.377219, -0.769085],
      [0.144551, -0.388117, -0.393433, -0.157695, -0.60038],
    ],
    [
      'dinov3_vitb16',
      [1.034643, -0.180609, -0.341018, -0.066376, -0.011383],
      [-0.082523, -0.456272, -0.728029, -0.43068, -0.15288],
    ],
    [
      'dinov3_vitl16',
      [0.484527, -0.582214, 0.480636, 0.59204, 0.945166],
      [-0.211367, -0.490863, -0.257131, 0.101763, 0.154511],
    ],
    [
      'dinov3_vith16plus',
      [-0.064575, -0.148866, -0.621524, 0.634878, 0.152695],
      [-0.093817, 0.287407, -0.050036, 0.428043, 0.094561],
    ],
    [
      'dinov3_vit7b16',
      [0.275439, -0.261353, 0.067772, 0.049936, -0.158747],
      [0.044442, -0.052542, 0.070777, -0.065111, -0.026546],
    ],
  ] as const)(
    'of %s are those of the conversion script, and each is compared',
    (variant, classToken, patch) => {
      const one = createDinov3Spec({ variant, size: 224, weightsDigest: 'ab'.repeat(32) });
      for (let index = -1; index < 5; index += 1) {
        const off = (values: readonly number[]) =>
          values.map((value, at) => (at === index ? value + 0.03 : value));
        const gates = publishedGates(one, {
          clsToken: Float32Array.from(off(classToken)),
          patchTokens: halves(off(patch)),
        });
        expect(gates.map(({ isPassed }) => isPassed)).toEqual([index === -1, index === -1]);
        if (index === -1) expect(gates[0]!.value).toBeLessThan(1e-6);
        if (index === -1) expect(gates[1]!.value).toBeLessThan(1e-3);
      }
    },
  );

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
    'there are none for %s at %d in %s, which is said, and is neither passed nor missed',
    (variant, size, precision) => {
      const other = createDinov3Spec({ variant, size, precision, weightsDigest: 'ab'.repeat(32) });
      expect(publishedGates(other, {})).toEqual([
        { name: 'published', isPassed: null, detail: `none are published for ${other.name}` },
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
