import { copyRegionInto } from '#src/imaging/copy-region.ts';
import type { Raster8 } from '#src/imaging/raster8.ts';
import type { Panels } from './paint-panels.ts';

/** Pixels between an image and its map, and between one pair and the next. */
const innerGap = 4;
const outerGap = 16;
const background = 255;

/** Where each of several lengths begins, one after another with gaps, and where the last one ends. */
function layOut(lengths: readonly number[]): { readonly starts: readonly number[]; readonly end: number } {
  const starts: number[] = [];
  let next = 0;
  for (const length of lengths) {
    starts.push(next);
    next += length + outerGap;
  }
  return { starts, end: next - outerGap };
}

const pairWidth = ({ image }: Panels): number => 2 * image.columns + innerGap;

/** Pairs of panels, row by row, `columns` of them in a row, on white; a row is as high as its highest panel. */
export function composePicture(pairs: readonly Panels[], columns: number): Raster8 {
  const acrossCount = Math.min(columns, pairs.length);
  const widths = Array.from({ length: acrossCount }, (_, column) =>
    Math.max(...pairs.filter((_pair, i) => i % columns === column).map(pairWidth)),
  );
  const heights = Array.from({ length: Math.ceil(pairs.length / columns) }, (_, row) =>
    Math.max(...pairs.slice(row * columns, (row + 1) * columns).map(({ image }) => image.rows)),
  );
  const across = layOut(widths);
  const down = layOut(heights);
  const pixels = new Uint8Array(across.end * down.end * 3).fill(background);
  for (const [i, { image, map }] of pairs.entries()) {
    const left = across.starts[i % columns]!;
    const top = down.starts[Math.floor(i / columns)]!;
    const whole = { row: 0, column: 0, rows: image.rows, columns: image.columns };
    copyRegionInto(image, whole, pixels, across.end, top, left);
    copyRegionInto(map, whole, pixels, across.end, top, left + image.columns + innerGap);
  }
  return { rows: down.end, columns: across.end, samplesPerPixel: 3, pixels };
}
