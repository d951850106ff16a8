import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nearestExamples } from '#src/postprocess/nearest-examples.ts';

const example = fc.record({ similarity: fc.integer({ min: -4, max: 4 }), classIndex: fc.nat({ max: 3 }) });

describe('nearestExamples', () => {
  it('equals the head of a full sort by similarity, then label, then place', () => {
    fc.assert(
      fc.property(fc.array(example, { maxLength: 40 }), fc.integer({ min: 1, max: 45 }), (drawn, k) => {
        const examples = drawn.map(({ classIndex }) => ({ classIndex, direction: new Float64Array(0) }));
        const similarities = Float64Array.from(drawn, ({ similarity }) => similarity / 4);
        const sorted = [...drawn.keys()].sort(
          (a, b) =>
            drawn[b]!.similarity - drawn[a]!.similarity ||
            drawn[a]!.classIndex - drawn[b]!.classIndex ||
            a - b,
        );
        expect(nearestExamples(similarities, examples, k)).toEqual(sorted.slice(0, k));
      }),
    );
  });
});
