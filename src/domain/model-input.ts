import type { Geometry } from './geometry.ts';

/** One image ready for an encoder: UINT8, planar (CHW), not yet normalised — that happens inside the graph. */
export interface ModelInput {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  /** `channels * height * width` bytes, row-major. */
  readonly pixels: Uint8Array;
  readonly geometry: Geometry;
}
