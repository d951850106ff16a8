import { createDirectDecoder } from '#src/decode/create-direct-decoder.ts';
import type { Geometry } from '#src/domain/geometry.ts';
import { planarToInterleaved } from '#src/imaging/planar-to-interleaved.ts';
import type { Raster8 } from '#src/imaging/raster8.ts';
import { parseWindow } from '#src/preprocess/parse-window.ts';
import { preprocessImage } from '#src/preprocess/preprocess-image.ts';
import { CliError } from '../cli-error.ts';

export interface ViewOptions {
  readonly resize: Geometry['mode'];
  readonly window: string;
}

const decoder = createDirectDecoder();
/** The gateway has taken the image, so its limits hold already; this only bounds what a strange gateway could let through. */
const maxPixels = 2 ** 28;

const isSame = (left: Geometry, right: Geometry): boolean =>
  JSON.stringify(Object.entries(left).sort()) === JSON.stringify(Object.entries(right).sort());

/**
 * The pixels that the encoder saw, as RGB: one raster per model input. The gateway sends none, so the file is decoded and
 * preprocessed here once more, by the same code.
 * @param geometries what the gateway did; anything else done here would be a picture of something else
 * @throws CliError `failed` when this code and the gateway's differ; AppError when the file cannot be read here
 */
export async function encoderViews(
  bytes: Uint8Array,
  geometries: readonly Geometry[],
  { resize, window }: ViewOptions,
  signal: AbortSignal,
): Promise<readonly Raster8[]> {
  const ctx = { signal, deadlineMs: Number.POSITIVE_INFINITY, requestId: 'map' };
  const frame = await decoder.decode(bytes, undefined, { maxPixels, maxBytes: bytes.length }, ctx);
  const { inputHeight: height, inputWidth: width, patchSize } = geometries[0]!;
  // Only the size matters here. A model of one channel has taken a gray image: three equal channels show the same.
  const input = { name: '', channels: 3, height, width, mean: [], std: [] };
  const { inputs } = preprocessImage(frame, { input, patchSize }, { resize, window: parseWindow(window) });
  if (
    inputs.length !== geometries.length ||
    !inputs.every((own, i) => isSame(own.geometry, geometries[i]!))
  ) {
    throw new CliError(
      'failed',
      'The gateway prepares images in another way than this command line.',
      'Use the command line of the same version.',
    );
  }
  return inputs.map(({ pixels, channels, height: rows, width: columns }) => ({
    rows,
    columns,
    samplesPerPixel: 3,
    pixels: planarToInterleaved(pixels, channels),
  }));
}
