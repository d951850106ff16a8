import { AppError } from '#src/domain/app-error.ts';
import type { ModelInput } from '#src/domain/model-input.ts';
import { interleavedToPlanarInto } from '#src/imaging/interleaved-to-planar.ts';
import { replicatePlaneInto } from '#src/imaging/replicate-plane.ts';
import type { PlacedRaster } from './resize-plan.ts';

/**
 * Interleaved → planar; a gray image is repeated for every channel of the model.
 * @throws AppError unusable-input for a colour image and a model of one channel
 */
export function toModelInput(placed: PlacedRaster, channels: number): ModelInput {
  const { raster, geometry } = placed;
  const { rows: height, columns: width } = raster;
  if (raster.samplesPerPixel === channels && channels === 1) {
    return { channels, height, width, pixels: raster.pixels, geometry };
  }
  const pixels = new Uint8Array(channels * height * width);
  if (raster.samplesPerPixel === 1) replicatePlaneInto(raster.pixels, channels, pixels);
  else if (channels === 3) interleavedToPlanarInto(raster.pixels, pixels);
  else throw new AppError('unusable-input', 'This model takes gray images only; the image is in colour.');
  return { channels, height, width, pixels, geometry };
}
