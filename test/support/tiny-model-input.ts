import type { ModelInput } from '#src/domain/model-input.ts';

/** A 2×2 one-channel input whose pixels spell `serial`, so that each serial gives another output. */
export function tinyModelInput(serial: number): ModelInput {
  const pixels = new Uint8Array(4);
  new DataView(pixels.buffer).setUint32(0, serial);
  return {
    channels: 1,
    height: 2,
    width: 2,
    pixels,
    geometry: {
      mode: 'stretch',
      sourceRows: 2,
      sourceColumns: 2,
      inputHeight: 2,
      inputWidth: 2,
      scaleX: 1,
      scaleY: 1,
      offsetX: 0,
      offsetY: 0,
      valid: { x0: 0, y0: 0, x1: 2, y1: 2 },
      patchSize: 1,
    },
  };
}

/** The serial that `tinyModelInput` wrote. */
export function serialOf(input: ModelInput): number {
  return new DataView(input.pixels.buffer).getUint32(0);
}
