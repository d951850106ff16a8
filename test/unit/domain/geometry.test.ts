import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { inputToSource, patchToSource, sourceToInput, type Geometry } from '#src/domain/geometry.ts';

const stretch: Geometry = {
  mode: 'stretch',
  sourceRows: 100,
  sourceColumns: 200,
  inputHeight: 32,
  inputWidth: 32,
  scaleX: 32 / 200,
  scaleY: 32 / 100,
  offsetX: 0,
  offsetY: 0,
  valid: { x0: 0, y0: 0, x1: 32, y1: 32 },
  patchSize: 16,
};

const side = fc.integer({ min: 1, max: 20_000 });
const geometries = fc
  .record({ sourceRows: side, sourceColumns: side, scaleX: side, scaleY: side, offsetX: side, offsetY: side })
  .map(({ scaleX, scaleY, offsetX, offsetY, ...source }): Geometry => ({
    ...stretch,
    ...source,
    scaleX: scaleX / 1000,
    scaleY: scaleY / 1000,
    offsetX: offsetX - 10_000,
    offsetY: offsetY - 10_000,
  }));
const points = fc.record({
  x: fc.double({ min: -1e5, max: 1e5, noNaN: true }),
  y: fc.double({ min: -1e5, max: 1e5, noNaN: true }),
});

describe('source and input coordinates', () => {
  test('are each other’s inverse', () => {
    fc.assert(
      fc.property(geometries, points, (geometry, point) => {
        const there = inputToSource(geometry, sourceToInput(geometry, point));
        // 53 bits, of which the smallest scale (1/1000) and the largest offset (1e4) eat some: 1e-6 of a pixel is far above.
        expect(there.x).toBeCloseTo(point.x, 6);
        expect(there.y).toBeCloseTo(point.y, 6);
      }),
    );
  });

  test('x goes along a row: the corners of the source are those of the input', () => {
    expect(sourceToInput(stretch, { x: 200, y: 0 })).toEqual({ x: 32, y: 0 });
    expect(sourceToInput(stretch, { x: 0, y: 100 })).toEqual({ x: 0, y: 32 });
    expect(inputToSource(stretch, { x: 16, y: 16 })).toEqual({ x: 100, y: 50 });
  });
});

describe('patches', () => {
  test('row and column are not mixed up', () => {
    // 2×2 patches of 16: each covers 100 columns and 50 rows of the source.
    expect(patchToSource(stretch, 0, 1)).toEqual({ from: { x: 100, y: 0 }, to: { x: 200, y: 50 } });
    expect(patchToSource(stretch, 1, 0)).toEqual({ from: { x: 0, y: 50 }, to: { x: 100, y: 100 } });
  });

  test('neighbours share their edge', () => {
    fc.assert(
      fc.property(geometries, fc.nat(30), fc.nat(30), (geometry, row, column) => {
        const { to } = patchToSource(geometry, row, column);
        expect(patchToSource(geometry, row, column + 1).from.x).toBe(to.x);
        expect(patchToSource(geometry, row + 1, column).from.y).toBe(to.y);
      }),
    );
  });
});
