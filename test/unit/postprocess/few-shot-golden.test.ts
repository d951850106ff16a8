import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { FewShotClassification, FewShotMethod } from '#src/domain/classification.ts';
import { areaUnderCurve } from '#src/postprocess/area-under-curve.ts';
import { bootstrapAreaUnderCurve } from '#src/postprocess/bootstrap-area-under-curve.ts';
import { createFewShotClassifier } from '#src/postprocess/few-shot-classifier.ts';
import { leaveOneOut } from '#src/postprocess/leave-one-out.ts';
import { wilsonInterval } from '#src/postprocess/wilson-interval.ts';
import { labelled, rawEmbedding } from '#test/support/labelled-embedding.ts';

interface Golden {
  readonly temperature: number;
  readonly k: number;
  readonly labels: readonly string[];
  readonly examples: readonly (readonly number[])[];
  readonly queries: readonly (readonly number[])[];
  readonly prototypes: { readonly similarities: number[][]; readonly probabilities: number[][] };
  /** Probabilities by k. */
  readonly knn: Readonly<Record<string, number[][]>>;
  readonly leaveOneOutCorrect: Readonly<Record<FewShotMethod, number>>;
  readonly wilson: readonly (readonly [number, number, number, number])[];
  readonly curves: readonly {
    readonly name: string;
    readonly scores: number[];
    readonly isPositive: boolean[];
    readonly area: number;
    readonly bootstrap95?: readonly [number, number];
  }[];
}

const path = new URL('../../golden/few-shot/golden.json', import.meta.url);
const golden = JSON.parse(readFileSync(path, 'utf8')) as Golden;
const examples = golden.examples.map((values, i) => labelled(golden.labels[i]!, ...values));
const { temperature, k } = golden;

/** Both sides compute in float64 on the same float32 vectors; division by T = 0.07 and exp leave about 1e-13. */
const digits = 10;

function classifyAll(method: FewShotMethod, neighbours?: number): FewShotClassification[] {
  const classify = createFewShotClassifier(examples, { method, temperature, k: neighbours });
  return golden.queries.map((values) => classify(rawEmbedding(...values)));
}

const closeTo = (rows: number[][]) =>
  rows.map((row) => row.map((value) => expect.closeTo(value, digits) as number));

describe('against scikit-learn, SciPy and NumPy (test/golden/few-shot/make-golden.py)', () => {
  it('prototypes give the same similarities and probabilities', () => {
    const results = classifyAll('prototypes');
    expect(results.map(({ similarities }) => [...similarities.values()])).toEqual(
      closeTo(golden.prototypes.similarities),
    );
    expect(results.map(({ probabilities }) => [...probabilities.values()])).toEqual(
      closeTo(golden.prototypes.probabilities),
    );
  });

  it.each(Object.keys(golden.knn))('the %s nearest neighbours give the same probabilities', (neighbours) => {
    const results = classifyAll('knn', Number(neighbours));
    expect(results.map(({ probabilities }) => [...probabilities.values()])).toEqual(
      closeTo(golden.knn[neighbours]!),
    );
  });

  it.each(['prototypes', 'knn'] as const)('leaving one out finds the same number right with %s', (method) => {
    const check = leaveOneOut(examples, { method, temperature, k });
    expect([check.checked, check.correct]).toEqual([examples.length, golden.leaveOneOutCorrect[method]]);
  });

  it.each(golden.wilson)('the interval of %i of %i is the same', (successes, trials, lower, upper) => {
    expect(wilsonInterval(successes, trials)).toEqual([expect.closeTo(lower, 12), expect.closeTo(upper, 12)]);
  });

  it.each(golden.curves)('the area under the curve is the same: $name', ({ scores, isPositive, area }) => {
    expect(areaUnderCurve(scores, isPositive)).toBeCloseTo(area, 12);
  });

  it.each(golden.curves.filter(({ bootstrap95 }) => bootstrap95))(
    'the bootstrap interval agrees within its own noise: $name',
    ({ scores, isPositive, bootstrap95 }) => {
      const interval = bootstrapAreaUnderCurve(scores, isPositive, { resamples: 20_000 });
      // Two independent runs of 20,000: each end has a standard error of about 0.02 σ, σ ≈ 0.05; 5 of these.
      const tolerance = 0.007;
      expect(Math.abs(interval[0] - bootstrap95![0])).toBeLessThan(tolerance);
      expect(Math.abs(interval[1] - bootstrap95![1])).toBeLessThan(tolerance);
    },
  );
});
