import type { SampleArray } from '#src/domain/image-frame.ts';

/*
 * The mappings of linear-window.ts for samples that no table can hold: signed, 32 bits or float. NaN becomes 0, minus
 * infinity 0 and infinity 255.
 */

/** NaN counts as 0: a typed array of bytes would take it so, but wrap everything else. */
const toLevel = (value: number): number => (value > 255 ? 255 : value > 0 ? value : 0);

/** 511 spans of this size are still finite (the largest float64 is 2¹⁰²⁴). */
const largeSpan = 2 ** 1014;

/** Straight line with `low` → 0 and `high` → 255; see `linearRangeTable`. `high - low` must be finite. */
export function applyLinearRangeInto(
  source: SampleArray,
  low: number,
  high: number,
  target: Uint8Array,
): void {
  if (high <= low) {
    target.fill(0);
    return;
  }
  // Spans near the end of float64 are made smaller by a power of two, which changes no bit of the result.
  const scale = high - low > largeSpan ? 1 / 1024 : 1;
  const span = (high - low) * scale;
  for (let index = 0; index < source.length; index += 1) {
    // Half of the span is added before the division, so that whole numbers round without an error.
    target[index] = toLevel(Math.floor(((source[index]! - low) * scale * 510 + span) / (2 * span)));
  }
}

/** The linear window of DICOM PS3.3 C.11.2.1.2.1 over whole numbers; see `linearWindowTable`. Width at least 1. */
export function applyLinearWindowInto(
  source: SampleArray,
  center: number,
  width: number,
  target: Uint8Array,
): void {
  const low = center - 0.5 - (width - 1) / 2;
  const high = center - 0.5 + (width - 1) / 2;
  for (let index = 0; index < source.length; index += 1) {
    const value = source[index]!;
    if (value > high) target[index] = 255;
    else if (value > low)
      target[index] = toLevel(Math.floor(((value - (center - 0.5)) / (width - 1) + 0.5) * 255 + 0.5));
    else target[index] = 0;
  }
}

/** LINEAR_EXACT of DICOM PS3.3 C.11.2.1.3.2, for float samples: no half of a step at the ends. Width above 0. */
export function applyExactWindowInto(
  source: SampleArray,
  center: number,
  width: number,
  target: Uint8Array,
): void {
  const low = center - width / 2;
  const high = center + width / 2;
  for (let index = 0; index < source.length; index += 1) {
    const value = source[index]!;
    if (value > high) target[index] = 255;
    else if (value > low) target[index] = toLevel(Math.floor(((value - center) / width + 0.5) * 255 + 0.5));
    else target[index] = 0;
  }
}
