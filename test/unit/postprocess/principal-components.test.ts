import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fitPrincipalComponents, projectOnComponents } from '#src/postprocess/principal-components.ts';

interface Case {
  readonly dimension: number;
  readonly vectors: readonly number[];
  readonly mean: readonly number[];
  readonly axes: readonly (readonly number[])[];
  readonly explainedVariance: readonly number[];
  readonly scores: readonly number[];
}
const path = join(import.meta.dirname, '../../golden/principal-components/golden.json');
const golden = JSON.parse(readFileSync(path, 'utf8')) as Readonly<Record<string, Case>>;

/** Largest difference between two lists of equal length. */
function furthest(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(actual.length).toBe(expected.length);
  return Array.from(actual, (value, i) => Math.abs(value - expected[i]!)).reduce((a, b) => Math.max(a, b), 0);
}

describe('principal components', () => {
  // Both solve in float64; what differs is the order of sums and how well an axis is told from its neighbour.
  const tolerance = 1e-9;

  it.each(['tall', 'wide'])('equal those of scikit-learn, signs included: %s', (name) => {
    const { dimension, vectors, ...expected } = golden[name]!;
    const tokens = Float32Array.from(vectors);
    const components = fitPrincipalComponents(tokens, dimension, 3);
    expect(furthest(components.mean, expected.mean)).toBeLessThan(tolerance);
    expected.axes.forEach((axis, i) => {
      expect(furthest(components.axes[i]!, axis)).toBeLessThan(tolerance);
    });
    expect(furthest(components.explainedVariance, expected.explainedVariance)).toBeLessThan(tolerance);
    expect(furthest(projectOnComponents(components, tokens), expected.scores)).toBeLessThan(tolerance);
  });

  it('where no variance is left, an axis and its share are zero and not an arbitrary direction', () => {
    const { dimension, vectors, scores, explainedVariance } = golden['flat']!;
    const tokens = Float32Array.from(vectors);
    const components = fitPrincipalComponents(tokens, dimension, 3);
    expect(furthest(components.explainedVariance.slice(0, 2), explainedVariance)).toBeLessThan(tolerance);
    // Rows rounded to float32 leave the plane by about 1e-7 of their length, 1e-14 of the variance.
    expect(components.explainedVariance[2]).toBe(0);
    expect([...components.axes[2]!]).toEqual(Array<number>(dimension).fill(0));
    const projected = projectOnComponents(components, tokens);
    const firstTwo = projected.filter((_, i) => i % 3 < 2);
    expect(furthest(firstTwo, scores)).toBeLessThan(tolerance);
  });

  it('of two vectors: one axis, from one to the other', () => {
    const components = fitPrincipalComponents(Float32Array.of(0, 0, 3, -4), 2, 3);
    expect(components.explainedVariance).toEqual([expect.closeTo(1, 12), 0, 0]);
    // (3, −4)/5, turned so that the entry of largest magnitude is positive.
    expect(furthest(components.axes[0]!, [-0.6, 0.8])).toBeLessThan(tolerance);
  });

  it('do not depend on the order of the vectors', () => {
    const { dimension, vectors } = golden['tall']!;
    const tokens = Float32Array.from(vectors);
    const count = tokens.length / dimension;
    const reversed = Float32Array.from(
      { length: tokens.length },
      (_, i) => tokens[(count - 1 - Math.floor(i / dimension)) * dimension + (i % dimension)]!,
    );
    const [forth, back] = [tokens, reversed].map((rows) => fitPrincipalComponents(rows, dimension, 3));
    forth!.axes.forEach((axis, i) => expect(furthest(axis, back!.axes[i]!)).toBeLessThan(tolerance));
  });

  it.each([
    ['equal vectors', [0.1, 7, 0.1, 7, 0.1, 7], 'unusable-input'],
    ['a single vector', [1, 2], 'unusable-input'],
    ['no vector', [], 'unusable-input'],
    ['zeros', [0, 0, 0, 0], 'unusable-input'],
    ['NaN', [1, 2, NaN, 4], 'encoder-protocol-error'],
    ['an infinite value', [1, 2, 3, -Infinity], 'encoder-protocol-error'],
  ])('are refused for %s', (_, vectors, code) => {
    expect(() => fitPrincipalComponents(Float32Array.from(vectors), 2, 3)).toThrow(
      expect.objectContaining({ code }),
    );
  });
});
