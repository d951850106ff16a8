/** Rows ↔ columns of a row-major matrix of `rows` × `columns`, into memory of its own. */
export function transpose(matrix: Float64Array, rows: number, columns: number): Float64Array {
  const turned = new Float64Array(matrix.length);
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      turned[column * rows + row] = matrix[row * columns + column]!;
    }
  }
  return turned;
}
