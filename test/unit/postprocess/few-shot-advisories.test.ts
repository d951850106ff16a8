import { describe, expect, it } from 'vitest';
import type { LabelledEmbedding } from '#src/domain/classification.ts';
import { fewShotAdvisories } from '#src/postprocess/few-shot-advisories.ts';
import { leaveOneOut } from '#src/postprocess/leave-one-out.ts';
import { labelled } from '#test/support/labelled-embedding.ts';

const advise = (examples: readonly LabelledEmbedding[]) =>
  fewShotAdvisories(examples, leaveOneOut(examples, { method: 'prototypes', temperature: 0.07 }));
const codes = (examples: readonly LabelledEmbedding[]) => advise(examples).map(({ code }) => code);

/** `count` examples of a label around an axis of three, each at an angle of its own. */
const around = (label: string, axis: 0 | 1 | 2, count: number): LabelledEmbedding[] =>
  Array.from({ length: count }, (_, i) => {
    const values = [0.1, 0.1, 0.1];
    values[(axis + 1) % 3]! += i / 50;
    values[axis] = 1;
    return labelled(label, ...values);
  });

describe('fewShotAdvisories', () => {
  it('always says that the probabilities are not calibrated, and nothing else about many clear, balanced examples', () => {
    expect(codes([...around('a', 0, 10), ...around('b', 1, 10)])).toEqual(['few-shot-not-calibrated']);
  });

  it('warns below 5 examples of a label', () => {
    const advisory = (count: number) =>
      advise([...around('a', 0, 8), ...around('b', 1, count)]).find(
        ({ code }) => code === 'few-shot-few-examples',
      );
    expect(advisory(5)).toBeUndefined();
    expect(advisory(4)).toMatchObject({ level: 'warning', evidence: 'Smallest class: 4.' });
    expect(advisory(4)!.message).toContain('1 of 2 labels');
  });

  it('warns when one label has three times the examples of another', () => {
    const sizes = (a: number, b: number) => codes([...around('a', 0, a), ...around('b', 1, b)]);
    expect(sizes(17, 6)).not.toContain('few-shot-class-imbalance');
    expect(sizes(18, 6)).toContain('few-shot-class-imbalance');
  });

  it('names how many labels could not be checked, or that none could', () => {
    const some = advise([...around('a', 0, 6), ...around('b', 1, 1)]);
    expect(some).toContainEqual(
      expect.objectContaining({
        code: 'few-shot-unchecked-labels',
        message: expect.stringMatching(/^1 labels/),
      }),
    );
    const none = advise([...around('a', 0, 1), ...around('b', 1, 1)]);
    expect(none).toContainEqual(
      expect.objectContaining({
        code: 'few-shot-unchecked-labels',
        message: expect.stringMatching(/^Every label/),
      }),
    );
  });

  it('warns when the examples do not classify each other better than the most frequent label would', () => {
    // Labels alternate along one arc: neighbours and means say nothing.
    const arc = Array.from({ length: 12 }, (_, i) =>
      labelled(i % 2 ? 'a' : 'b', Math.cos(i / 10), Math.sin(i / 10)),
    );
    expect(advise(arc)).toContainEqual(
      expect.objectContaining({
        code: 'few-shot-no-better-than-majority',
        level: 'warning',
        evidence: expect.stringMatching(
          /of 12 right \(95 % interval .* to .*\); always the most frequent label: 50\.0 %\.$/,
        ),
      }),
    );
  });

  it('says that a check is inconclusive when its interval reaches down to the majority', () => {
    // 2 + 2, all right: Wilson's lower end is 4 / (4 + 1.96²) = 0.51, above the majority of 0.5.
    const separated = (count: number) => codes([...around('a', 0, count), ...around('b', 1, count)]);
    expect(separated(2)).not.toContain('few-shot-check-inconclusive');
    // Majority 4 of 6 = 0.67; 6 of 6 right has a lower end of 0.61.
    const uneven = [...around('a', 0, 4), ...around('b', 1, 2)];
    expect(codes(uneven)).toContain('few-shot-check-inconclusive');
    expect(codes(uneven)).not.toContain('few-shot-no-better-than-majority');
  });

  it('warns of nearly equal examples with different labels, and names a pair', () => {
    const examples = [...around('a', 0, 6), ...around('b', 1, 6)];
    const copy = { label: 'b', embedding: examples[2]!.embedding };
    expect(advise([...examples, copy])).toContainEqual(
      expect.objectContaining({
        code: 'few-shot-conflicting-labels',
        level: 'warning',
        message: expect.stringMatching(/^1 pairs/),
        evidence: expect.stringContaining('examples 2 and 12'),
      }),
    );
  });

  it('says nothing of copies within a label, nor of pairs below cosine 0.9999', () => {
    const examples = [...around('a', 0, 6), ...around('b', 1, 6)];
    expect(codes([...examples, examples[0]!])).not.toContain('few-shot-conflicting-labels');
    // cos 0.0142 = 0.999899, cos 0.0140 = 0.999902.
    const pair = (angle: number) =>
      codes([labelled('a', 1, 0), labelled('b', Math.cos(angle), Math.sin(angle))]);
    expect(pair(0.0142)).not.toContain('few-shot-conflicting-labels');
    expect(pair(0.014)).toContain('few-shot-conflicting-labels');
  });

  it('holds no label in its text: labels come from the caller and may be about a patient', () => {
    const text = JSON.stringify(advise([...around('SECRET-1', 0, 1), ...around('SECRET-2', 0, 7)]));
    expect(text).not.toContain('SECRET');
  });
});
