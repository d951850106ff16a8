import type { Advisory } from '#src/domain/advisory.ts';
import { AppError } from '#src/domain/app-error.ts';
import type { ImageFrame } from '#src/domain/image-frame.ts';
import type { Raster8 } from '#src/imaging/raster8.ts';
import { sampleRange, type SampleRange } from '#src/imaging/sample-range.ts';
import { mapRange, mapWindow } from './map-levels.ts';
import type { AppliedWindow, WindowOption } from './window-option.ts';

/** Below this share of the stored range an image is nearly black (or grey) after the full mapping. */
const lowDynamicRangeShare = 1 / 8;

export interface WindowedFrame {
  readonly raster: Raster8;
  readonly windowApplied: AppliedWindow;
  readonly advisories: readonly Advisory[];
  /** What was given up on the way, as a decoder's notes. */
  readonly notes: readonly string[];
}

/** Levels and how they came about, before they are a raster. */
interface Mapped {
  readonly levels: Uint8Array;
  readonly windowApplied: AppliedWindow;
  readonly advisories: readonly Advisory[];
}

function lowDynamicRange({ low, high }: SampleRange, bitsStored: number): Advisory {
  return {
    code: 'low-dynamic-range',
    level: 'warning',
    message:
      'The image uses less than an eighth of its stored range, so little contrast is left after the mapping to 8 bits. ' +
      'Consider window=auto or window=center,width.',
    evidence: `stored values ${low} to ${high} of ${bitsStored} bits`,
  };
}

const floatRange: Advisory = {
  code: 'float-range',
  level: 'info',
  message:
    'Float samples have no stored range, so the smallest and the largest value of this image became black and white. ' +
    'For one scale over several images use window=center,width.',
};

/** From the smallest to the largest finite sample of the image. */
function windowAuto(frame: ImageFrame, range: SampleRange): Mapped {
  const { low, high, nonFinite } = range;
  if (nonFinite === frame.pixels.length) {
    throw new AppError('unusable-input', 'The image holds no finite value: every sample is NaN or infinite.');
  }
  if (!Number.isFinite(high - low)) {
    throw new AppError(
      'unusable-input',
      'The values of the image lie too far apart; use window=center,width.',
    );
  }
  return { levels: mapRange(frame, low, high), windowApplied: { kind: 'auto', low, high }, advisories: [] };
}

/** The whole stored range to 0…255. Unsigned 8 bits pass unchanged, without a copy. */
function windowFull(frame: ImageFrame, rangeOf: () => SampleRange): Mapped {
  const { bitsStored, pixels, pixelRepresentation } = frame;
  if (pixelRepresentation === 'float') return { ...windowAuto(frame, rangeOf()), advisories: [floatRange] };
  const low = pixelRepresentation === 'signed' ? -(2 ** (bitsStored - 1)) : 0;
  const high = low + 2 ** bitsStored - 1;
  const windowApplied = { kind: 'full', low, high } as const;
  if (bitsStored === 8 && pixels instanceof Uint8Array)
    return { levels: pixels, windowApplied, advisories: [] };
  const levels = mapRange(frame, low, high);
  if (bitsStored <= 8) return { levels, windowApplied, advisories: [] };
  const range = rangeOf();
  const isLow = range.high - range.low + 1 < 2 ** bitsStored * lowDynamicRangeShare;
  return { levels, windowApplied, advisories: isLow ? [lowDynamicRange(range, bitsStored)] : [] };
}

function windowLinear(frame: ImageFrame, center: number, width: number): Mapped {
  const isFloat = frame.pixelRepresentation === 'float';
  if (!isFloat && width < 1) {
    throw new AppError('unusable-input', 'A window over whole numbers has a width of at least 1.');
  }
  const low = isFloat ? center - width / 2 : center - 0.5 - (width - 1) / 2;
  const high = low + (isFloat ? width : width - 1);
  return {
    levels: mapWindow(frame, center, width),
    windowApplied: { kind: 'linear', low, high },
    advisories: [],
  };
}

function mapFrame(frame: ImageFrame, option: WindowOption, rangeOf: () => SampleRange): Mapped {
  if (option.kind === 'full') return windowFull(frame, rangeOf);
  if (option.kind === 'auto') return windowAuto(frame, rangeOf());
  return windowLinear(frame, option.center, option.width);
}

/**
 * Stored values → 8-bit levels, all channels alike. Formulas: src/imaging/linear-window.ts. Where the least value is white
 * (MONOCHROME1) the levels are turned around at the end, so that a window speaks of stored values there too.
 * @throws AppError unusable-input (no finite value, a range or width that has no mapping)
 */
export function windowFrame(frame: ImageFrame, option: WindowOption): WindowedFrame {
  const { rows, columns, samplesPerPixel, pixels, photometricInterpretation } = frame;
  let range: SampleRange | undefined;
  const rangeOf = (): SampleRange => (range ??= sampleRange(pixels));
  const { levels, windowApplied, advisories } = mapFrame(frame, option, rangeOf);
  const shown = photometricInterpretation === 'MONOCHROME1' ? levels.map((level) => 255 - level) : levels;
  const nonFinite = frame.pixelRepresentation === 'float' ? rangeOf().nonFinite : 0;
  return {
    raster: { rows, columns, samplesPerPixel, pixels: shown },
    windowApplied,
    advisories,
    notes: nonFinite === 0 ? [] : [`non-finite-samples-${nonFinite}`],
  };
}
