import type { Advisory } from '#src/domain/advisory.ts';
import type { ResizeMode } from '#src/domain/geometry.ts';
import type { ImageFrame } from '#src/domain/image-frame.ts';
import type { ModelInput } from '#src/domain/model-input.ts';
import type { ModelSpec } from '#src/domain/model-spec.ts';
import type { Raster8 } from '#src/imaging/raster8.ts';
import { placeCrop } from './place-crop.ts';
import { placeFit } from './place-fit.ts';
import { placeStretch } from './place-stretch.ts';
import { placeTiles } from './place-tiles.ts';
import type { InputGrid, PlacedRaster } from './resize-plan.ts';
import { toModelInput } from './to-model-input.ts';
import { windowFrame } from './window-frame.ts';
import type { AppliedWindow, WindowOption } from './window-option.ts';

export interface PreprocessOptions {
  readonly resize: ResizeMode;
  readonly window: WindowOption;
  /** Most windows that `resize: 'tile'` may make of one image; default 64. */
  readonly maxTiles?: number;
}

/** What an image became on its way to a model. */
export interface PreparedImage {
  /** One input; with `tile` one per window, row by row. */
  readonly inputs: readonly ModelInput[];
  readonly windowApplied: AppliedWindow;
  readonly advisories: readonly Advisory[];
  /** What the decoder gave up, handed on from the frame, and what the mapping to levels did. */
  readonly notes: readonly string[];
}

const defaultMaxTiles = 64;

function place(image: Raster8, grid: InputGrid, options: PreprocessOptions): readonly PlacedRaster[] {
  switch (options.resize) {
    case 'stretch':
      return [placeStretch(image, grid)];
    case 'fit':
      return [placeFit(image, grid)];
    case 'crop':
      return [placeCrop(image, grid)];
    case 'tile':
      return placeTiles(image, grid, options.maxTiles ?? defaultMaxTiles);
  }
}

/**
 * Stored samples → 8-bit levels → the model's size → planar bytes: the declared path, docs/concepts/preprocessing.md.
 * Windowing comes first, so that the resampling is Pillow's on 8-bit samples. Mean and deviation are the graph's business.
 * @throws AppError unusable-input (too many tiles, a colour image for a gray model)
 */
export function preprocessImage(
  frame: ImageFrame,
  spec: Pick<ModelSpec, 'input' | 'patchSize'>,
  options: PreprocessOptions,
): PreparedImage {
  const { raster, windowApplied, advisories, notes } = windowFrame(frame, options.window);
  // Without patches nothing has to line up but pixels.
  const { input, patchSize = 1 } = spec;
  const grid = { height: input.height, width: input.width, patchSize };
  const inputs = place(raster, grid, options).map((placed) => toModelInput(placed, input.channels));
  return { inputs, windowApplied, advisories, notes: [...frame.notes, ...notes] };
}
