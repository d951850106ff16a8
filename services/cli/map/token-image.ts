import { AppError } from '#src/domain/app-error.ts';
import type { Geometry } from '#src/domain/geometry.ts';
import type { Raster8 } from '#src/imaging/raster8.ts';
import type { FileFeatures, InputTokens } from './read-features.ts';

/** One model input: its pixels, and which of its patches show the image. */
export interface TokenView {
  readonly raster: Raster8;
  readonly geometry: Geometry;
  readonly grid: InputTokens['grid'];
  /** Row-major numbers of the patches that show more image than padding, ascending. */
  readonly shown: readonly number[];
}

/** An image with the tokens of its shown patches: those of the first view, then of the next. */
export interface TokenImage {
  readonly views: readonly TokenView[];
  readonly dimension: number;
  /** Shown patches × D. */
  readonly tokens: Float32Array;
}

/** Pixels that the patch at `index` shares with [from, to), along one axis. */
const overlap = (index: number, patchSize: number, from: number, to: number): number =>
  Math.min((index + 1) * patchSize, to) - Math.max(index * patchSize, from);

/**
 * Patches of which at least half of each side is image: padding says nothing about the image, but there may be enough of it
 * to take the first component. All that touch the image when it is narrower than that.
 */
export function shownPatches({ valid, patchSize }: Geometry, grid: InputTokens['grid']): readonly number[] {
  const covering = (least: number): readonly number[] =>
    Array.from({ length: grid.rows * grid.columns }, (_, patch) => patch).filter((patch) => {
      const down = overlap(Math.floor(patch / grid.columns), patchSize, valid.y0, valid.y1);
      const across = overlap(patch % grid.columns, patchSize, valid.x0, valid.x1);
      return down >= least && across >= least;
    });
  const half = covering(patchSize / 2);
  return half.length > 0 ? half : covering(1);
}

/** Whether every pixel of the image has one colour; padding does not count. */
function isFlat(views: readonly TokenView[]): boolean {
  const first = views[0]!;
  const start = (first.geometry.valid.y0 * first.raster.columns + first.geometry.valid.x0) * 3;
  const colour = first.raster.pixels.subarray(start, start + 3);
  return views.every(({ raster, geometry: { valid } }) => {
    for (let row = valid.y0; row < valid.y1; row += 1) {
      const line = row * raster.columns * 3;
      for (let at = line + valid.x0 * 3; at < line + valid.x1 * 3; at += 1) {
        if (raster.pixels[at] !== colour[(at - line) % 3]) return false;
      }
    }
    return true;
  });
}

/**
 * Pixels and tokens of one image, together.
 * @throws AppError `unusable-input` for an image of a single colour: what differs between its tokens is their place alone
 */
export function createTokenImage(
  { inputs, dimension }: FileFeatures,
  rasters: readonly Raster8[],
): TokenImage {
  const views = inputs.map(({ geometry, grid }, i) => ({
    raster: rasters[i]!,
    geometry,
    grid,
    shown: shownPatches(geometry, grid),
  }));
  if (isFlat(views)) {
    const detail = 'The image is a single colour; its map would show nothing but the places of patches.';
    throw new AppError('unusable-input', detail);
  }
  const count = views.reduce((sum, { shown }) => sum + shown.length, 0);
  const tokens = new Float32Array(count * dimension);
  let row = 0;
  for (const [i, { shown }] of views.entries()) {
    for (const patch of shown) {
      const from = patch * dimension;
      tokens.set(inputs[i]!.values.subarray(from, from + dimension), row * dimension);
      row += 1;
    }
  }
  return { views, dimension, tokens };
}
