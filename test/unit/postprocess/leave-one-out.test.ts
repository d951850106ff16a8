import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FewShotMethod } from '#src/domain/classification.ts';
import { createFewShotClassifier } from '#src/postprocess/few-shot-classifier.ts';
import { leaveOneOut, maxCheckMultiplications } from '#src/postprocess/leave-one-out.ts';
import { wilsonInterval } from '#src/postprocess/wilson-interval.ts';
import { labelled } from '#test/support/labelled-embedding.ts';

const methods: FewShotMethod[] = ['prototypes', 'knn'];

describe.each(methods)('leaveOneOut with %s', (method) => {
  const options = { method, temperature: 0.07, k: 3 };

  it('finds every example of well separated classes right', () => {
    const examples = [
      ...[0, 1, 2].map((i) => labelled('right', 10, i)),
      ...[0, 1, 2, 3].map((i) => labelled('up', i, 20)),
    ];
    expect(leaveOneOut(examples, options)).toEqual({
      method: 'leave-one-out',
      checked: 7,
      correct: 7,
      accuracy: 1,
      interval95: wilsonInterval(7, 7),
      majorityAccuracy: 4 / 7,
      unchecked: [],
    });
  });

  it('does not let an example vote for itself', () => {
    // Each example is nearest to itself; without itself, its only classmate is opposite and the other label near.
    const examples = [
      labelled('a', 1, 0.1),
      labelled('b', 1, -0.1),
      labelled('a', -1, -0.1),
      labelled('b', -1, 0.1),
    ];
    expect(leaveOneOut(examples, { ...options, k: 1 })).toMatchObject({
      checked: 4,
      correct: 0,
      accuracy: 0,
    });
  });

  it('does not check the only example of a label, but keeps it for the others', () => {
    const examples = [labelled('a', 1, 0), labelled('a', 0, 1), labelled('lone', 1, 0.01)];
    // (1,0) without itself: its classmate is at 90°, the lone example beside it.
    expect(leaveOneOut(examples, { ...options, k: 1 })).toMatchObject({
      checked: 2,
      correct: 0,
      majorityAccuracy: 1,
      unchecked: ['lone'],
    });
  });

  it('says that nothing could be checked when every label has one example', () => {
    expect(leaveOneOut([labelled('a', 1, 0), labelled('b', 0, 1)], options)).toEqual({
      method: 'leave-one-out',
      checked: 0,
      correct: 0,
      accuracy: null,
      interval95: null,
      majorityAccuracy: null,
      unchecked: ['a', 'b'],
    });
  });

  it('checks an even share of each label when all would take too long, in whatever order they came', () => {
    const dimension = 4_096;
    const spread = (label: string, axis: number) =>
      Array.from({ length: 160 }, (_, i) => {
        const values = new Float32Array(dimension);
        values[axis] = 1;
        values[2] = i / 1_000;
        return { label, embedding: { pooling: 'cls' as const, isL2Normalized: false, values } };
      });
    const [zeros, ones] = [spread('zero', 0), spread('one', 1)];
    const alternating = zeros.flatMap((zero, i) => [zero, ones[i]!]);
    const affordable = Math.floor(maxCheckMultiplications / (dimension * (method === 'knn' ? 320 : 2)));
    for (const examples of [alternating, [...zeros, ...ones]]) {
      const check = leaveOneOut(examples, options);
      expect(check.checked).toBe(Math.min(320, affordable));
      expect(check.correct).toBe(check.checked);
      expect(check.majorityAccuracy).toBeCloseTo(0.5, 1);
    }
  });

  it('equals classifying each example by a classifier made of the others', () => {
    const coordinate = fc.float({ noNaN: true, min: -1, max: 1 });
    const example = fc.tuple(
      fc.constantFrom('x', 'y', 'z'),
      fc.tuple(coordinate, coordinate, coordinate, coordinate),
    );
    fc.assert(
      fc.property(fc.array(example, { minLength: 3, maxLength: 15 }), (drawn) => {
        const examples = drawn.map(([label, values]) => labelled(label, ...values));
        const count = (label: string) => examples.filter((one) => one.label === label).length;
        const checkable = examples.filter(({ label }) => count(label) > 1);
        fc.pre(new Set(examples.map(({ label }) => label)).size > 1);
        let sureRight = 0;
        let maybeRight = 0;
        for (const one of checkable) {
          const others = examples.filter((other) => other !== one);
          const { probabilities } = createFewShotClassifier(others, options)(one.embedding);
          const own = probabilities.get(one.label)!;
          const best = Math.max(...[...probabilities].map(([label, p]) => (label === one.label ? 0 : p)));
          // The check subtracts from a sum where the classifier sums anew: only ties may fall otherwise.
          if (own > best + 1e-6) sureRight += 1;
          if (own > best - 1e-6) maybeRight += 1;
        }
        const check = leaveOneOut(examples, options);
        expect(check.checked).toBe(checkable.length);
        expect(check.correct).toBeGreaterThanOrEqual(sureRight);
        expect(check.correct).toBeLessThanOrEqual(maybeRight);
      }),
    );
  });
});
