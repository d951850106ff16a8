import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FewShotMethod, LabelledEmbedding } from '#src/domain/classification.ts';
import { createFewShotClassifier } from '#src/postprocess/few-shot-classifier.ts';
import { labelled, rawEmbedding } from '#test/support/labelled-embedding.ts';

const prototypes = { method: 'prototypes', temperature: 0.07 } as const;
const knn = (k?: number) => ({ method: 'knn', temperature: 0.07, k }) as const;

const shuffled = (examples: LabelledEmbedding[]) =>
  fc.shuffledSubarray(examples, { minLength: examples.length });

describe('prototypes', () => {
  it('compares with the mean of the normalised examples of each class', () => {
    // right: (1,0) and (0,1) → prototype (1,1)/√2, whatever the lengths 10 and 1. left: (−1,0).
    const classify = createFewShotClassifier(
      [labelled('right', 10, 0), labelled('right', 0, 1), labelled('left', -2, 0)],
      prototypes,
    );
    const { label, similarities, probabilities, ...how } = classify(rawEmbedding(3, 0));
    expect(label).toBe('right');
    expect(similarities.get('right')).toBeCloseTo(Math.SQRT1_2, 12);
    expect(similarities.get('left')).toBeCloseTo(-1, 12);
    // Odds exp((s_right − s_left) / T).
    const odds = Math.exp((Math.SQRT1_2 + 1) / 0.07);
    expect(probabilities.get('left')! * odds).toBeCloseTo(probabilities.get('right')!, 9);
    expect(how).toEqual({ method: 'prototypes', temperature: 0.07 });
  });

  it('gives a class whose examples cancel out no similarity with anything', () => {
    // Two opposite directions, and three 120° apart, whose sum is zero up to the rounding of float32.
    const [c, s] = [Math.cos((2 * Math.PI) / 3), Math.sin((2 * Math.PI) / 3)];
    const pair = [labelled('ring', 1, 0), labelled('ring', -1, 0)];
    const three = [labelled('ring', 1, 0), labelled('ring', c, s), labelled('ring', c, -s)];
    for (const ring of [pair, three]) {
      const classify = createFewShotClassifier([...ring, labelled('up', 0, 1)], prototypes);
      expect(classify(rawEmbedding(0.3, 0.4)).similarities.get('ring')).toBe(0);
    }
  });
});

it.each([prototypes, knn(1)])('similarities stay within a cosine: %j', (how) => {
  const unit = fc.array(fc.float({ min: -1, max: 1, noNaN: true }), { minLength: 8, maxLength: 8 });
  fc.assert(
    fc.property(unit, (values) => {
      fc.pre(Math.hypot(...values) > 0.1);
      const classify = createFewShotClassifier(
        [labelled('a', ...values), labelled('b', 1, ...values.slice(1))],
        how,
      );
      const similarities = [...classify(rawEmbedding(...values)).similarities.values()];
      expect(Math.max(...similarities.map(Math.abs))).toBeLessThanOrEqual(1);
    }),
    { numRuns: 2000 },
  );
});

describe('knn', () => {
  const examples = [
    labelled('a', 1, 0), // cosine 1 with the query
    labelled('a', 0, 1), // 0
    labelled('b', 3, 4), // 0.6
    labelled('b', 4, 3), // 0.8
    labelled('c', -1, 0), // −1
  ];
  const query = rawEmbedding(2, 0);

  it('lets the k most similar vote with weights softmax(similarity / T)', () => {
    const { label, probabilities, similarities, ...how } = createFewShotClassifier(examples, knn(3))(query);
    const [w1, w08, w06] = [1, 0.8, 0.6].map((similarity) => Math.exp((similarity - 1) / 0.07)) as [
      number,
      number,
      number,
    ];
    const total = w1 + w08 + w06;
    expect(label).toBe('a');
    // Examples pass through float32, 3/5 and 4/5 are computed after it: double precision holds.
    expect(probabilities.get('a')).toBeCloseTo(w1 / total, 10);
    expect(probabilities.get('b')).toBeCloseTo((w08 + w06) / total, 10);
    expect(probabilities.get('c')).toBe(0);
    expect([...similarities.keys()]).toEqual(['a', 'b', 'c']);
    expect(similarities.get('b')).toBeCloseTo(0.8, 12);
    expect(similarities.get('c')).toBeCloseTo(-1, 12);
    expect(how).toEqual({ method: 'knn', temperature: 0.07, k: 3 });
  });

  it('takes k = 10 by default, and all when there are fewer', () => {
    const many = Array.from({ length: 14 }, (_, i) => labelled(i % 2 ? 'odd' : 'even', 1, i));
    expect(createFewShotClassifier(many, knn())(query).k).toBe(10);
    expect(createFewShotClassifier(examples, knn())(query).k).toBe(5);
    expect(createFewShotClassifier(examples, knn(100))(query).k).toBe(5);
  });

  it('calls a unanimous vote exactly 1, so that rounding does not rank unanimous images among each other', () => {
    const near = fc.tuple(fc.integer({ min: 50, max: 90 }), fc.integer({ min: -20, max: 20 }));
    fc.assert(
      fc.property(fc.array(near, { minLength: 10, maxLength: 10 }), near, (right, values) => {
        const examples = [...right.map((one) => labelled('right', ...one)), labelled('left', -1, 0)];
        const { probabilities } = createFewShotClassifier(examples, knn(10))(rawEmbedding(...values));
        expect([...probabilities]).toEqual([
          ['left', 0],
          ['right', 1],
        ]);
      }),
    );
  });

  it('breaks a tie at the border of the k by label, so that the order of the examples does not matter', () => {
    // All four have cosine 0.6 with the query; k = 1.
    const ties = [labelled('d', 3, 4), labelled('b', 3, -4), labelled('c', 3, 4), labelled('b', 3, 4)];
    fc.assert(
      fc.property(shuffled(ties), (order) => {
        const { label, probabilities } = createFewShotClassifier(order, knn(1))(query);
        expect([label, ...probabilities.values()]).toEqual(['b', 1, 0, 0]);
      }),
    );
  });
});

describe.each<FewShotMethod>(['prototypes', 'knn'])('whatever the method: %s', (method) => {
  const options = { method, temperature: 0.07, k: 4 };
  const coordinate = fc.integer({ min: -9, max: 9 });
  const vector = fc.tuple(coordinate, coordinate, coordinate);
  const cloud = fc
    .array(fc.tuple(fc.constantFrom('x', 'y', 'z'), vector), { minLength: 2, maxLength: 20 })
    .map((drawn) => drawn.map(([label, values]) => labelled(label, ...values)))
    .filter((examples) => new Set(examples.map(({ label }) => label)).size > 1);

  it('probabilities sum to 1, the label has the largest, similarities are cosines', () => {
    fc.assert(
      fc.property(cloud, vector, (examples, values) => {
        const { label, probabilities, similarities } = createFewShotClassifier(
          examples,
          options,
        )(rawEmbedding(...values));
        const all = [...probabilities.values()];
        expect(all.reduce((a, b) => a + b)).toBeCloseTo(1, 12);
        expect(probabilities.get(label)).toBe(Math.max(...all));
        for (const similarity of similarities.values())
          expect(Math.abs(similarity)).toBeLessThanOrEqual(1 + 1e-12);
      }),
    );
  });

  it('does not change with the lengths of the vectors, nor with the order of the examples', () => {
    fc.assert(
      fc.property(
        cloud.chain((examples) => fc.tuple(fc.constant(examples), shuffled(examples))),
        vector,
        ([given, order], values) => {
          const plain = createFewShotClassifier(given, options)(rawEmbedding(...values));
          // Powers of two scale floats without rounding, so ties stay ties.
          const scaled = order.map(({ label, embedding }) => ({
            label,
            embedding: { ...embedding, values: embedding.values.map((value) => value * 4) },
          }));
          const other = createFewShotClassifier(
            scaled,
            options,
          )(rawEmbedding(...values.map((value) => value * 8)));
          for (const [label, probability] of plain.probabilities) {
            expect(other.probabilities.get(label)).toBeCloseTo(probability, 9);
          }
        },
      ),
    );
  });

  it('keeps labels apart that are names of object members', () => {
    const classify = createFewShotClassifier(
      [labelled('__proto__', 1, 0), labelled('constructor', 0, 1)],
      options,
    );
    const { label, probabilities } = classify(rawEmbedding(1, 0.1));
    expect(label).toBe('__proto__');
    expect([...probabilities.keys()]).toEqual(['__proto__', 'constructor']);
  });

  it('breaks a tie between labels by code unit order', () => {
    const classify = createFewShotClassifier([labelled('b', 1, 0), labelled('a', 1, 0)], options);
    expect(classify(rawEmbedding(1, 0)).label).toBe('a');
  });

  it('gives a zero query equal similarity 0 with every label, and no NaN', () => {
    const classify = createFewShotClassifier([labelled('a', 1, 0), labelled('b', 0, 1)], options);
    const { probabilities, similarities } = classify(rawEmbedding(0, 0));
    expect([...similarities.values()]).toEqual([0, 0]);
    expect([...probabilities.values()]).toEqual([0.5, 0.5]);
  });

  it('refuses fewer than two labels, and vectors of unequal length', () => {
    const unusable = expect.objectContaining({ code: 'unusable-input' });
    const mismatch = expect.objectContaining({ code: 'embedding-space-mismatch' });
    expect(() => createFewShotClassifier([], options)).toThrow(unusable);
    expect(() => createFewShotClassifier([labelled('a', 1), labelled('a', 2)], options)).toThrow(unusable);
    expect(() => createFewShotClassifier([labelled('a', 1), labelled('b', 2, 3)], options)).toThrow(mismatch);
    const classify = createFewShotClassifier([labelled('a', 1), labelled('b', 2)], options);
    expect(() => classify(rawEmbedding(1, 2))).toThrow(mismatch);
  });
});
