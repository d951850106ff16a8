/** How a larger or smaller image was brought to the model's input size (declared, and recorded here). */
export type ResizeMode = 'stretch' | 'fit' | 'crop' | 'tile';
export const resizeModes = ['stretch', 'fit', 'crop', 'tile'] as const satisfies readonly ResizeMode[];

/**
 * The map between the pixels of a source image and the pixels of one model input.
 * Both use pixel-centre-at-half coordinates: the first pixel covers [0, 1). Units are pixels; x is along a row.
 *
 *   xInput  = scaleX * xSource + offsetX          xSource = (xInput − offsetX) / scaleX
 */
export interface Geometry {
  readonly mode: ResizeMode;
  readonly sourceRows: number;
  readonly sourceColumns: number;
  readonly inputHeight: number;
  readonly inputWidth: number;
  readonly scaleX: number;
  readonly scaleY: number;
  readonly offsetX: number;
  readonly offsetY: number;
  /** The part of the input that holds source pixels, half-open; padding lies outside it. */
  readonly valid: { readonly x0: number; readonly y0: number; readonly x1: number; readonly y1: number };
  readonly patchSize: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Source pixel coordinates → model input coordinates. */
export function sourceToInput(geometry: Geometry, point: Point): Point {
  return {
    x: geometry.scaleX * point.x + geometry.offsetX,
    y: geometry.scaleY * point.y + geometry.offsetY,
  };
}

/** Model input coordinates → source pixel coordinates; the exact inverse of {@link sourceToInput}. */
export function inputToSource(geometry: Geometry, point: Point): Point {
  return {
    x: (point.x - geometry.offsetX) / geometry.scaleX,
    y: (point.y - geometry.offsetY) / geometry.scaleY,
  };
}

/** The source rectangle (half-open, not clipped) under the patch at (row, column) of the patch grid. */
export function patchToSource(geometry: Geometry, row: number, column: number): { from: Point; to: Point } {
  const size = geometry.patchSize;
  return {
    from: inputToSource(geometry, { x: column * size, y: row * size }),
    to: inputToSource(geometry, { x: (column + 1) * size, y: (row + 1) * size }),
  };
}
