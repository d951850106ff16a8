/**
 * Inner products of all pairs of rows: A·Aᵀ of a matrix A of `rows` × `columns`, row-major in float64. The result is
 * `rows` × `rows`, row-major and exactly symmetric: each product is computed once and stored twice.
 */
export function gramMatrix(matrix: Float64Array, rows: number, columns: number): Float64Array {
  const products = new Float64Array(rows * rows);
  for (let i = 0; i < rows; i += 1) {
    const left = i * columns;
    for (let j = i; j < rows; j += 1) {
      const right = j * columns;
      let sum = 0;
      for (let k = 0; k < columns; k += 1) sum += matrix[left + k]! * matrix[right + k]!;
      products[i * rows + j] = sum;
      products[j * rows + i] = sum;
    }
  }
  return products;
}
