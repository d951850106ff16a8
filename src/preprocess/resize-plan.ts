import type { Geometry } from '#src/domain/geometry.ts';
import type { Raster8 } from '#src/imaging/raster8.ts';

/** What a plan has to know about the model. */
export interface InputGrid {
  readonly height: number;
  readonly width: number;
  readonly patchSize: number;
}

/** An image at the model's size, still interleaved, and the way back to the source. */
export interface PlacedRaster {
  readonly raster: Raster8;
  readonly geometry: Geometry;
}

/** Padding is black: the level of air in a radiograph and of nothing in a photograph. Part of the preprocessing revision. */
export const padLevel = 0;
