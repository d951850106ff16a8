import type { Advisory } from '#src/domain/advisory.ts';
import type { ImageFrame } from '#src/domain/image-frame.ts';
import { applyLevelTableInto, linearRangeTable, linearWindowTable } from '#src/imaging/linear-window.ts';
import type { Raster8 } from '#src/imaging/raster8.ts';
import { sampleRange } from '#src/imaging/sample-range.ts';
import type { AppliedWindow, WindowOption } from './window-option.ts';

/** Below this share of the stored range an image is nearly black (or grey) after the full mapping. */
const lowDynamicRangeShare = 1 / 8;

export interface WindowedFrame {
  readonly raster: Raster8;
  readonly windowApplied: AppliedWindow;
  readonly advisories: readonly Advisory[];
}

function lowDynamicRange(low: number, high: number, bitsStored: number): Advisory {
  return {
    code: 'low-dynamic-range',
    level: 'warning',
    message:
      'The image uses less than an eighth of its stored range, so little contrast is left after the mapping to 8 bits. ' +
      'Consider window=auto or window=center,width.',
    evidence: `stored values ${low} to ${high} of ${bitsStored} bits`,
  };
}

function mapLevels(frame: ImageFrame, table: Uint8Array): Raster8 {
  const { rows, columns, samplesPerPixel } = frame;
  const pixels = new Uint8Array(frame.pixels.length);
  applyLevelTableInto(frame.pixels, table, pixels);
  return { rows, columns, samplesPerPixel, pixels };
}

/** The whole stored range to 0…255. Eight bits pass unchanged, without a copy. */
function windowFull(frame: ImageFrame): WindowedFrame {
  const { bitsStored, pixels, rows, columns, samplesPerPixel } = frame;
  const top = 2 ** bitsStored - 1;
  const windowApplied = { kind: 'full', low: 0, high: top } as const;
  if (bitsStored === 8 && pixels instanceof Uint8Array) {
    return { raster: { rows, columns, samplesPerPixel, pixels }, windowApplied, advisories: [] };
  }
  const raster = mapLevels(frame, linearRangeTable(bitsStored, 0, top));
  if (bitsStored <= 8) return { raster, windowApplied, advisories: [] };
  const { low, high } = sampleRange(pixels);
  const isLow = high - low + 1 < 2 ** bitsStored * lowDynamicRangeShare;
  return { raster, windowApplied, advisories: isLow ? [lowDynamicRange(low, high, bitsStored)] : [] };
}

/** Stored values → 8-bit levels, all channels alike. Formulas: src/imaging/linear-window.ts. */
export function windowFrame(frame: ImageFrame, option: WindowOption): WindowedFrame {
  if (option.kind === 'full') return windowFull(frame);
  if (option.kind === 'auto') {
    const { low, high } = sampleRange(frame.pixels);
    const raster = mapLevels(frame, linearRangeTable(frame.bitsStored, low, high));
    return { raster, windowApplied: { kind: 'auto', low, high }, advisories: [] };
  }
  const { center, width } = option;
  const raster = mapLevels(frame, linearWindowTable(frame.bitsStored, center, width));
  const low = center - 0.5 - (width - 1) / 2;
  return { raster, windowApplied: { kind: 'linear', low, high: low + width - 1 }, advisories: [] };
}
