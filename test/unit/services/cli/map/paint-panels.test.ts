import { describe, expect, it } from 'vitest';
import type { Geometry } from '#src/domain/geometry.ts';
import type { Raster8 } from '#src/imaging/raster8.ts';
import { composePicture } from '#services/cli/map/compose-picture.ts';
import { paintPanels } from '#services/cli/map/paint-panels.ts';
import { shownPatches } from '#services/cli/map/token-image.ts';

/** A model of 4×4 pixels with patches of 2, that is 2×2 of them. */
const grid = { rows: 2, columns: 2 };
const geometry = (changes: Partial<Geometry>): Geometry => ({
  mode: 'stretch',
  sourceRows: 4,
  sourceColumns: 4,
  inputHeight: 4,
  inputWidth: 4,
  scaleX: 1,
  scaleY: 1,
  offsetX: 0,
  offsetY: 0,
  valid: { x0: 0, y0: 0, x1: 4, y1: 4 },
  patchSize: 2,
  ...changes,
});
const gray = (rows: number, columns: number, level: (row: number, column: number) => number): Raster8 => ({
  rows,
  columns,
  samplesPerPixel: 3,
  pixels: Uint8Array.from({ length: rows * columns * 3 }, (_, i) =>
    level(Math.floor(i / 3 / columns), Math.floor(i / 3) % columns),
  ),
});
/** One sample of each pixel, line by line: all pictures here are gray. */
const linesOf = ({ rows, columns, pixels }: Raster8) =>
  Array.from({ length: rows }, (_, row) =>
    Array.from({ length: columns }, (_pixel, column) => pixels[(row * columns + column) * 3]!),
  );
const triples = (levels: readonly number[]) =>
  Uint8Array.from(levels.flatMap((level) => [level, level, level]));
const ramp = gray(4, 4, (row, column) => row * 10 + column);

describe('shownPatches', () => {
  it('are those whose sides are at least half image', () => {
    const shown = (y0: number, y1: number) =>
      shownPatches(geometry({ patchSize: 4, valid: { x0: 0, y0, x1: 8, y1 } }), grid);
    expect(shown(0, 8)).toEqual([0, 1, 2, 3]);
    expect(shown(2, 6)).toEqual([0, 1, 2, 3]);
    expect(shown(3, 8)).toEqual([2, 3]);
    expect(shown(0, 5)).toEqual([0, 1]);
  });

  it('are all that touch an image too narrow for that, never none', () => {
    const valid = { x0: 3, y0: 0, x1: 5, y1: 8 };
    expect(shownPatches(geometry({ patchSize: 8, valid }), { rows: 1, columns: 1 })).toEqual([0]);
  });
});

describe('paintPanels', () => {
  it('draws a patch as a square at its place, row by row', () => {
    const view = { raster: ramp, geometry: geometry({}), grid, shown: [0, 1, 2, 3] };
    const { image, map } = paintPanels([view], triples([50, 60, 70, 80]), 4);
    expect(linesOf(image)).toEqual(linesOf(ramp));
    expect(linesOf(map)).toEqual([
      [50, 50, 60, 60],
      [50, 50, 60, 60],
      [70, 70, 80, 80],
      [70, 70, 80, 80],
    ]);
  });

  it('leaves padding out, and the edge whose patch is mostly padding white', () => {
    // 4 columns, 3 rows of image from row 1 on; the patches of the first row are half image, so they are shown…
    const fit = geometry({ mode: 'fit', sourceRows: 3, valid: { x0: 0, y0: 1, x1: 4, y1: 4 }, offsetY: 1 });
    const { image, map } = paintPanels(
      [{ raster: ramp, geometry: fit, grid, shown: [0, 1, 2, 3] }],
      triples([50, 60, 70, 80]),
      4,
    );
    expect(linesOf(image)).toEqual(linesOf(ramp).slice(1));
    expect(linesOf(map)).toEqual([
      [50, 50, 60, 60],
      [70, 70, 80, 80],
      [70, 70, 80, 80],
    ]);
    // …and here they are not.
    const half = paintPanels([{ raster: ramp, geometry: fit, grid, shown: [2, 3] }], triples([70, 80]), 4);
    expect(linesOf(half.map)[0]).toEqual([255, 255, 255, 255]);
    expect(linesOf(half.map)[1]).toEqual([70, 70, 80, 80]);
  });

  it('undoes the squeeze of stretch: the panel has the aspect of the source', () => {
    const wide = geometry({ sourceRows: 50, sourceColumns: 100, scaleX: 0.04, scaleY: 0.08 });
    const { image, map } = paintPanels(
      [{ raster: ramp, geometry: wide, grid, shown: [0, 1, 2, 3] }],
      triples([50, 60, 70, 80]),
      8,
    );
    expect([image.rows, image.columns, map.rows, map.columns]).toEqual([4, 8, 4, 8]);
    expect(linesOf(map)[0]).toEqual([50, 50, 50, 50, 60, 60, 60, 60]);
  });

  it('puts tiles at their places in the source, the later one on top', () => {
    // A source of 4×6: windows at columns 0 and 2.
    const tile = (left: number) =>
      geometry({ mode: 'tile', sourceColumns: 6, offsetX: -left, valid: { x0: 0, y0: 0, x1: 4, y1: 4 } });
    const source = (left: number) => gray(4, 4, (row, column) => row * 10 + column + left);
    const views = [0, 2].map((left) => ({
      raster: source(left),
      geometry: tile(left),
      grid,
      shown: [0, 1, 2, 3],
    }));
    const { image, map } = paintPanels(views, triples([1, 2, 3, 4, 5, 6, 7, 8]), 6);
    expect(linesOf(image)[1]).toEqual([10, 11, 12, 13, 14, 15]);
    expect(linesOf(map)).toEqual([
      [1, 1, 5, 5, 6, 6],
      [1, 1, 5, 5, 6, 6],
      [3, 3, 7, 7, 8, 8],
      [3, 3, 7, 7, 8, 8],
    ]);
  });

  it.each([
    [10, 1],
    [448, 16],
  ])('of an image a thousand times as wide as high, %i pixels wide, has %i rows', (size, rows) => {
    const thin = geometry({ sourceRows: 1, sourceColumns: 1000, scaleX: 0.004, scaleY: 4 });
    const { image } = paintPanels(
      [{ raster: ramp, geometry: thin, grid, shown: [0, 1, 2, 3] }],
      triples([1, 2, 3, 4]),
      size,
    );
    expect([image.rows, image.columns]).toEqual([rows, size]);
  });
});

describe('composePicture', () => {
  const pair = (rows: number, columns: number, level: number) => ({
    image: gray(rows, columns, () => level),
    map: gray(rows, columns, () => level + 1),
  });

  it('stands the map beside its image, the pairs below each other, with white between', () => {
    const picture = composePicture([pair(1, 2, 10), pair(2, 1, 20)], 1);
    expect([picture.rows, picture.columns]).toEqual([1 + 16 + 2, 2 + 4 + 2]);
    expect(linesOf(picture)[0]).toEqual([10, 10, 255, 255, 255, 255, 11, 11]);
    expect(linesOf(picture)[1]).toEqual(Array(8).fill(255));
    expect(linesOf(picture)[17]).toEqual([20, 255, 255, 255, 255, 21, 255, 255]);
  });

  it('fills rows of the given length; the last one may be shorter', () => {
    const picture = composePicture([pair(1, 1, 10), pair(3, 2, 20), pair(1, 1, 30)], 2);
    expect([picture.rows, picture.columns]).toEqual([3 + 16 + 1, 6 + 16 + 8]);
    expect(linesOf(picture)[0]!.slice(22)).toEqual([20, 20, 255, 255, 255, 255, 21, 21]);
    expect(linesOf(picture)[19]!.slice(0, 7)).toEqual([30, 255, 255, 255, 255, 31, 255]);
  });

  it('has no empty columns when there are fewer images than columns', () => {
    expect(composePicture([pair(1, 1, 10)], 7).columns).toBe(6);
  });
});
