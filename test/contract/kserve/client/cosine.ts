/** Cosine of two vectors of equal length; NaN when one of them is zero. */
export function cosine(left: Float32Array, right: Float32Array): number {
  let dot = 0;
  let leftSquares = 0;
  let rightSquares = 0;
  for (let i = 0; i < left.length; i++) {
    dot += left[i]! * right[i]!;
    leftSquares += left[i]! ** 2;
    rightSquares += right[i]! ** 2;
  }
  return dot / Math.sqrt(leftSquares * rightSquares);
}

/** Cosines of the rows of two row-major matrices of the same shape. */
export function rowCosines(left: Float32Array, right: Float32Array, columns: number): readonly number[] {
  if (left.length !== right.length) throw new Error(`${left.length} values against ${right.length}`);
  return Array.from({ length: left.length / columns }, (_, row) =>
    cosine(
      left.subarray(row * columns, (row + 1) * columns),
      right.subarray(row * columns, (row + 1) * columns),
    ),
  );
}
