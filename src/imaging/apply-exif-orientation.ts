import type { SampleArray } from '#src/domain/image-frame.ts';

/** Samples on a grid, pixel-interleaved. */
export interface SampleGrid<Samples extends SampleArray> {
  readonly rows: number;
  readonly columns: number;
  readonly samplesPerPixel: number;
  readonly pixels: Samples;
}

/**
 * Where the first pixel of the displayed image lies in the stored one, and how far apart (in stored pixels) its
 * neighbours along a displayed row and column are. EXIF 2.32, tag 0x0112: 1 as stored, 2 mirrored, 3 turned by 180°,
 * 4 upside down, 5 transposed, 6 to be turned right by 90°, 7 transversed, 8 to be turned left by 90°.
 */
function displayWalk(orientation: number, rows: number, columns: number) {
  const last = rows * columns - 1;
  const lastInRow = columns - 1;
  const lastRow = (rows - 1) * columns;
  switch (orientation) {
    case 2:
      return { origin: lastInRow, alongRow: -1, alongColumn: columns };
    case 3:
      return { origin: last, alongRow: -1, alongColumn: -columns };
    case 4:
      return { origin: lastRow, alongRow: 1, alongColumn: -columns };
    case 5:
      return { origin: 0, alongRow: columns, alongColumn: 1 };
    case 6:
      return { origin: lastRow, alongRow: -columns, alongColumn: 1 };
    case 7:
      return { origin: last, alongRow: -columns, alongColumn: -1 };
    case 8:
      return { origin: lastInRow, alongRow: columns, alongColumn: -1 };
    default:
      return { origin: 0, alongRow: 1, alongColumn: columns };
  }
}

/** Zeros of the same kind. A Buffer is a Uint8Array here, and must not be asked for its own constructor. */
function zerosLike<Samples extends SampleArray>(samples: Samples): Samples {
  if (samples instanceof Uint8Array) return new Uint8Array(samples.length) as Samples;
  return new (samples.constructor as new (length: number) => Samples)(samples.length);
}

/**
 * Turns and mirrors stored pixels into the displayed image. Orientation 1 returns the grid itself.
 * @param orientation 1–8; anything else counts as 1
 */
export function applyExifOrientation<Samples extends SampleArray>(
  grid: SampleGrid<Samples>,
  orientation: number,
): SampleGrid<Samples> {
  if (orientation < 2 || orientation > 8) return grid;
  const swapsAxes = orientation >= 5;
  const rows = swapsAxes ? grid.columns : grid.rows;
  const columns = swapsAxes ? grid.rows : grid.columns;
  const { origin, alongRow, alongColumn } = displayWalk(orientation, grid.rows, grid.columns);
  const { samplesPerPixel, pixels: stored } = grid;
  // Not slice(): on a Buffer that would be a view of the samples that are still to be read.
  const pixels = zerosLike(stored);
  let to = 0;
  for (let row = 0; row < rows; row += 1) {
    let from = (origin + row * alongColumn) * samplesPerPixel;
    const step = alongRow * samplesPerPixel;
    for (let column = 0; column < columns; column += 1, from += step) {
      for (let sample = 0; sample < samplesPerPixel; sample += 1, to += 1)
        pixels[to] = stored[from + sample]!;
    }
  }
  return { rows, columns, samplesPerPixel, pixels };
}
