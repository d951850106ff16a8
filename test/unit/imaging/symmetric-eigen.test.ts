import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gramMatrix } from '#src/imaging/gram-matrix.ts';
import { symmetricEigen } from '#src/imaging/symmetric-eigen.ts';
import { transpose } from '#src/imaging/transpose.ts';

const matrixOf = (rows: number, columns: number) =>
  fc.array(fc.integer({ min: -50, max: 50 }), { minLength: rows * columns, maxLength: rows * columns });

describe('gramMatrix and transpose', () => {
  it('give the products of rows, and of columns after turning', () => {
    // A = (1 2 3; 4 5 6): A·Aᵀ = (14 32; 32 77), Aᵀ·A = (17 22 27; 22 29 36; 27 36 45).
    const matrix = Float64Array.of(1, 2, 3, 4, 5, 6);
    expect([...gramMatrix(matrix, 2, 3)]).toEqual([14, 32, 32, 77]);
    expect([...transpose(matrix, 2, 3)]).toEqual([1, 4, 2, 5, 3, 6]);
    expect([...gramMatrix(transpose(matrix, 2, 3), 3, 2)]).toEqual([17, 22, 27, 22, 29, 36, 27, 36, 45]);
  });
});

describe('symmetricEigen', () => {
  it('finds the pairs of a matrix worked out by hand, the largest first', () => {
    // (2 1; 1 2) has 3 along (1, 1)/√2 and 1 along (1, −1)/√2.
    const { values, vectors } = symmetricEigen(Float64Array.of(2, 1, 1, 2), 2, 2);
    expect(values[0]).toBeCloseTo(3, 12);
    expect(values[1]).toBeCloseTo(1, 12);
    expect(vectors[0]![0]! * vectors[0]![1]!).toBeCloseTo(0.5, 12);
    expect(vectors[1]![0]! * vectors[1]![1]!).toBeCloseTo(-0.5, 12);
  });

  it('gives what the definition asks for: A·v = λ·v, unit vectors, orthogonal, in descending order', () => {
    fc.assert(
      fc.property(matrixOf(5, 4), (entries) => {
        const matrix = gramMatrix(Float64Array.from(entries), 5, 4);
        const { values, vectors } = symmetricEigen(matrix, 5, 3);
        expect(values).toEqual([...values].sort((a, b) => b - a));
        // Backward error of QL: a few units of float64 rounding of the largest eigenvalue, at most 4·5·50² here.
        const tolerance = 1e-8;
        vectors.forEach((vector, i) => {
          for (let row = 0; row < 5; row += 1) {
            const product = vector.reduce((sum, value, k) => sum + matrix[row * 5 + k]! * value, 0);
            expect(Math.abs(product - values[i]! * vector[row]!)).toBeLessThan(tolerance);
          }
          vectors.forEach((other, j) => {
            const inner = vector.reduce((sum, value, k) => sum + value * other[k]!, 0);
            expect(Math.abs(inner - (i === j ? 1 : 0))).toBeLessThan(tolerance);
          });
        });
      }),
    );
  });

  it('refuses what would keep the iteration from ending', () => {
    expect(() => symmetricEigen(Float64Array.of(1, NaN, NaN, 1), 2, 1)).toThrow(RangeError);
    expect(() => symmetricEigen(Float64Array.of(Infinity, 0, 0, 1), 2, 1)).toThrow(RangeError);
  });
});
