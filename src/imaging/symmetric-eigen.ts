import { EigenvalueDecomposition, Matrix } from 'ml-matrix';

/** Pairs of a symmetric matrix, the largest eigenvalue first. */
export interface EigenPairs {
  readonly values: readonly number[];
  /** Unit vectors, orthogonal to each other; vector i belongs to value i. Their signs mean nothing. */
  readonly vectors: readonly Float64Array[];
}

/**
 * The `count` largest eigenvalues of a real symmetric matrix with their vectors, by Householder tridiagonalisation and implicit QL
 * (ml-matrix, after EISPACK's tred2 and tql2). Time grows with the third power of `order`.
 * @param matrix `order` × `order`, row-major; only finite values, with others the iteration would not end
 * @throws RangeError for values that are not finite
 */
export function symmetricEigen(matrix: Float64Array, order: number, count: number): EigenPairs {
  if (!matrix.every(Number.isFinite)) throw new RangeError('The matrix holds values that are not finite.');
  const square = Matrix.from1DArray(order, order, matrix);
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(square, {
    assumeSymmetric: true,
  });
  // The library sorts in ascending order.
  const places = Array.from({ length: Math.min(count, order) }, (_, place) => order - 1 - place);
  return {
    values: places.map((place) => realEigenvalues[place]!),
    vectors: places.map((place) => Float64Array.from(eigenvectorMatrix.getColumn(place))),
  };
}
