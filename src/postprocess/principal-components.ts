import { AppError } from '#src/domain/app-error.ts';
import { gramMatrix } from '#src/imaging/gram-matrix.ts';
import { symmetricEigen } from '#src/imaging/symmetric-eigen.ts';
import { transpose } from '#src/imaging/transpose.ts';
import { dot } from './dot.ts';

/** A basis in which vectors of length D vary most. */
export interface PrincipalComponents {
  /** D values. */
  readonly mean: Float64Array;
  /** Unit vectors of length D, the direction of most variance first; all zeros where no variance is left. */
  readonly axes: readonly Float64Array[];
  /** Share of the total variance along each axis; 0 where none is left. */
  readonly explainedVariance: readonly number[];
}

/** Below this share of the total variance a component is rounding, not signal: tokens have 11 significant bits, sums here 53. */
const negligibleShare = 1e-12;

/** Means of the columns of `count` rows of length D. */
function columnMeans(vectors: Float32Array, dimension: number): Float64Array {
  const count = vectors.length / dimension;
  const mean = new Float64Array(dimension);
  for (let i = 0; i < vectors.length; i += 1) mean[i % dimension]! += vectors[i]! / count;
  return mean;
}

/**
 * scikit-learn's rule since 1.5 (`svd_flip` on the components): the entry of largest magnitude is positive. An axis and its
 * opposite are equally right; without a rule the colours of a map would depend on rounding.
 */
function withFixedSign(axis: Float64Array): Float64Array {
  const largest = axis.reduce((most, value) => (Math.abs(value) > Math.abs(most) ? value : most), 0);
  return largest < 0 ? axis.map((value) => -value) : axis;
}

/** The vector of unit length in the same direction. */
function unit(vector: Float64Array): Float64Array {
  const length = Math.sqrt(dot(vector, vector));
  return vector.map((value) => value / length);
}

/** Σ wᵢ · row i of a row-major matrix. */
function combineRows(matrix: Float64Array, weights: Float64Array, columns: number): Float64Array {
  const sum = new Float64Array(columns);
  for (const [row, weight] of weights.entries()) {
    const at = row * columns;
    for (let column = 0; column < columns; column += 1) sum[column]! += weight * matrix[at + column]!;
  }
  return sum;
}

/** Leading eigenvectors of XᵀX for X of count × D, through the smaller of XᵀX and XXᵀ: both have the same eigenvalues but zeros. */
function leadingAxes(centred: Float64Array, dimension: number, components: number) {
  const count = centred.length / dimension;
  if (dimension <= count) {
    const scatter = gramMatrix(transpose(centred, count, dimension), dimension, count);
    return symmetricEigen(scatter, dimension, components);
  }
  const { values, vectors } = symmetricEigen(gramMatrix(centred, count, dimension), count, components);
  return { values, vectors: vectors.map((vector) => combineRows(centred, vector, dimension)) };
}

/**
 * Principal component analysis (Pearson 1901), exact: eigenvectors of the covariance about the mean, in float64. Equal to
 * scikit-learn's `PCA(svd_solver='full')` with its sign rule, up to rounding.
 * @param vectors rows of length `dimension`, row-major
 * @throws AppError `encoder-protocol-error` for values that are not finite, `unusable-input` when all rows are equal
 */
export function fitPrincipalComponents(
  vectors: Float32Array,
  dimension: number,
  components: number,
): PrincipalComponents {
  if (!vectors.every(Number.isFinite)) {
    throw new AppError('encoder-protocol-error', 'The encoder answered with values that are not finite.');
  }
  const mean = columnMeans(vectors, dimension);
  const centred = Float64Array.from(vectors, (value, i) => value - mean[i % dimension]!);
  const total = dot(centred, centred);
  const magnitude = vectors.reduce((sum, value) => sum + value * value, 0);
  if (!(total > negligibleShare * magnitude)) {
    throw new AppError('unusable-input', 'All patches are the same to this model: there is nothing to show.');
  }
  const { values, vectors: axes } = leadingAxes(centred, dimension, components);
  const shares = Array.from({ length: components }, (_, i) => {
    const share = (values[i] ?? 0) / total;
    return share > negligibleShare ? share : 0;
  });
  return {
    mean,
    axes: shares.map((share, i) => (share > 0 ? withFixedSign(unit(axes[i]!)) : new Float64Array(dimension))),
    explainedVariance: shares,
  };
}

/** Coordinates of vectors along the axes, about the mean: rows of `axes.length` values. */
export function projectOnComponents(
  { mean, axes }: PrincipalComponents,
  vectors: Float32Array,
): Float64Array {
  const dimension = mean.length;
  const scores = new Float64Array((vectors.length / dimension) * axes.length);
  for (let row = 0, at = 0; at < vectors.length; row += 1, at += dimension) {
    for (const [component, axis] of axes.entries()) {
      let sum = 0;
      for (let k = 0; k < dimension; k += 1) sum += (vectors[at + k]! - mean[k]!) * axis[k]!;
      scores[row * axes.length + component] = sum;
    }
  }
  return scores;
}
