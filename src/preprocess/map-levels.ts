import type { ImageFrame } from '#src/domain/image-frame.ts';
import {
  applyExactWindowInto,
  applyLinearRangeInto,
  applyLinearWindowInto,
} from '#src/imaging/linear-levels.ts';
import {
  applyLevelTableInto,
  linearRangeTable,
  linearWindowTable,
  type LevelTable,
} from '#src/imaging/linear-window.ts';

type Samples = Pick<ImageFrame, 'pixels' | 'bitsStored' | 'pixelRepresentation'>;

/** Unsigned samples of at most 16 bits go through a table, which does the arithmetic once a value; the others cannot. */
function mapBy(
  { pixels }: Samples,
  table: () => LevelTable,
  direct: (target: Uint8Array) => void,
): Uint8Array {
  const levels = new Uint8Array(pixels.length);
  if (pixels instanceof Uint8Array || pixels instanceof Uint16Array)
    applyLevelTableInto(pixels, table(), levels);
  else direct(levels);
  return levels;
}

/** `low` → 0 and `high` → 255, in stored values. */
export function mapRange(samples: Samples, low: number, high: number): Uint8Array {
  return mapBy(
    samples,
    () => linearRangeTable(samples.bitsStored, low, high),
    (target) => applyLinearRangeInto(samples.pixels, low, high, target),
  );
}

/** The window of DICOM around `center`: LINEAR for whole numbers, LINEAR_EXACT for floats. */
export function mapWindow(samples: Samples, center: number, width: number): Uint8Array {
  const apply = samples.pixelRepresentation === 'float' ? applyExactWindowInto : applyLinearWindowInto;
  return mapBy(
    samples,
    () => linearWindowTable(samples.bitsStored, center, width),
    (target) => apply(samples.pixels, center, width, target),
  );
}
