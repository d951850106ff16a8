/**
 * A map from stored values to 8-bit levels, as a table over every value that `bitsStored` bits can hold.
 * Built once per image (at most 65,536 entries, some 0.2 ms); applying it is one read per sample.
 */
export type LevelTable = Uint8Array;

/**
 * Straight line with `low` → 0 and `high` → 255, clamped outside, halves rounded up. A line without length
 * (`high <= low`) sends everything to 0: an image of one value carries no contrast to show.
 */
export function linearRangeTable(bitsStored: number, low: number, high: number): LevelTable {
  const table = new Uint8Array(2 ** bitsStored);
  if (high <= low) return table;
  const span = high - low;
  for (let value = 0; value < table.length; value += 1) {
    const level = Math.floor(((value - low) * 510 + span) / (2 * span));
    table[value] = Math.min(255, Math.max(0, level));
  }
  return table;
}

/**
 * The linear window of DICOM PS3.3 C.11.2.1.2.1 over stored values, output range 0…255, halves rounded up.
 * @param width at least 1
 */
export function linearWindowTable(bitsStored: number, center: number, width: number): LevelTable {
  const table = new Uint8Array(2 ** bitsStored);
  const low = center - 0.5 - (width - 1) / 2;
  const high = center - 0.5 + (width - 1) / 2;
  for (let value = 0; value < table.length; value += 1) {
    if (value <= low) continue;
    table[value] =
      value > high ? 255 : Math.floor(((value - (center - 0.5)) / (width - 1) + 0.5) * 255 + 0.5);
  }
  return table;
}

/** Sends every sample through the table. `target` may be as long as `source` or longer. */
export function applyLevelTableInto(
  source: Uint8Array | Uint16Array,
  table: LevelTable,
  target: Uint8Array,
): void {
  for (let index = 0; index < source.length; index += 1) target[index] = table[source[index]!]!;
}
