import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '#src/domain/app-error.ts';
import { inputToSource, resizeModes, sourceToInput, type ResizeMode } from '#src/domain/geometry.ts';
import type { ModelInput } from '#src/domain/model-input.ts';
import { preprocessImage } from '#src/preprocess/preprocess-image.ts';
import { withoutPatches } from '#test/support/without-patches.ts';
import { frameOf, specOf } from './preprocess-fixture.ts';

const full = { kind: 'full' } as const;

function prepare(
  rows: number,
  columns: number,
  pixels: Uint8Array,
  mode: ResizeMode,
  height = 48,
  width = 64,
  channels = 1,
) {
  return preprocessImage(frameOf(rows, columns, pixels), specOf(height, width, channels), {
    resize: mode,
    window: full,
  }).inputs;
}

/** Centre of mass of the light in one input, in pixel-centre-at-half coordinates. */
function centroid({ pixels, width }: ModelInput): { x: number; y: number; mass: number } {
  let mass = 0;
  let x = 0;
  let y = 0;
  pixels.forEach((level, at) => {
    mass += level;
    x += level * ((at % width) + 0.5);
    y += level * (Math.floor(at / width) + 0.5);
  });
  return { x: x / mass, y: y / mass, mass };
}

/** A black image with one bright square of `size` pixels around (x, y). */
function spot(rows: number, columns: number, x: number, y: number, size: number): Uint8Array {
  const pixels = new Uint8Array(rows * columns);
  for (let row = y; row < y + size; row += 1) pixels.fill(255, row * columns + x, row * columns + x + size);
  return pixels;
}

describe('Geometry of a prepared image', () => {
  const side = fc.integer({ min: 1, max: 300 });

  it('maps there and back to the same point, for every mode and size', () => {
    const coordinate = fc.double({ min: -50, max: 400, noNaN: true });
    fc.assert(
      fc.property(
        fc.constantFrom(...resizeModes),
        side,
        side,
        coordinate,
        coordinate,
        (mode, rows, columns, x, y) => {
          for (const { geometry } of prepare(rows, columns, new Uint8Array(rows * columns), mode)) {
            const there = inputToSource(geometry, sourceToInput(geometry, { x, y }));
            expect(there.x).toBeCloseTo(x, 6);
            expect(there.y).toBeCloseTo(y, 6);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('keeps the valid part inside the input, and the source under it inside the source', () => {
    fc.assert(
      fc.property(fc.constantFrom(...resizeModes), side, side, (mode, rows, columns) => {
        for (const { geometry } of prepare(rows, columns, new Uint8Array(rows * columns), mode)) {
          const { x0, y0, x1, y1 } = geometry.valid;
          expect(x0 >= 0 && y0 >= 0 && x1 <= 64 && y1 <= 48 && x0 < x1 && y0 < y1).toBe(true);
          const from = inputToSource(geometry, { x: x0, y: y0 });
          const to = inputToSource(geometry, { x: x1, y: y1 });
          expect(Math.min(from.x, from.y)).toBeGreaterThan(-1e-4);
          expect(to.x).toBeLessThan(columns + 1e-4);
          expect(to.y).toBeLessThan(rows + 1e-4);
        }
      }),
      { numRuns: 60 },
    );
  });

  it.each(['stretch', 'fit', 'crop'] as const)('finds a bright spot where it says, with %s', (mode) => {
    const place = fc.record({
      rows: fc.integer({ min: 60, max: 200 }),
      columns: fc.integer({ min: 60, max: 200 }),
      across: fc.double({ min: 0.42, max: 0.55, noNaN: true }),
      down: fc.double({ min: 0.42, max: 0.55, noNaN: true }),
    });
    fc.assert(
      fc.property(place, ({ rows, columns, across, down }) => {
        const size = 7;
        const x = Math.floor(columns * across);
        const y = Math.floor(rows * down);
        const [input] = prepare(rows, columns, spot(rows, columns, x, y, size), mode);
        const expected = sourceToInput(input!.geometry, { x: x + size / 2, y: y + size / 2 });
        const found = centroid(input!);
        // Rounding to levels in two passes moves the centre of a few hundred by well under a tenth of a pixel.
        expect(Math.abs(found.x - expected.x)).toBeLessThan(0.1);
        expect(Math.abs(found.y - expected.y)).toBeLessThan(0.1);
      }),
      { numRuns: 60 },
    );
  });

  it('finds every pixel of the image in the tiles that say they hold it, bit by bit', () => {
    fc.assert(
      fc.property(side, side, (rows, columns) => {
        const pixels = Uint8Array.from({ length: rows * columns }, (_, at) => (at * 31 + 7) % 256);
        const covered = new Uint8Array(rows * columns);
        for (const { geometry, pixels: levels, width } of prepare(rows, columns, pixels, 'tile')) {
          for (let y = geometry.valid.y0; y < geometry.valid.y1; y += 1) {
            for (let x = geometry.valid.x0; x < geometry.valid.x1; x += 1) {
              const source = inputToSource(geometry, { x: x + 0.5, y: y + 0.5 });
              const at = Math.floor(source.y) * columns + Math.floor(source.x);
              if (levels[y * width + x] !== pixels[at])
                throw new Error(`input pixel ${x}, ${y} is not source pixel ${at}`);
              covered[at] = 1;
            }
          }
        }
        expect(covered.includes(0)).toBe(false);
      }),
      { numRuns: 40 },
    );
  });
});

describe('preprocessImage', () => {
  it('repeats a gray image in every channel, and sorts colour by channel', () => {
    const gray = prepare(1, 1, Uint8Array.of(9), 'stretch', 1, 2, 3)[0]!;
    expect(Array.from(gray.pixels)).toEqual([9, 9, 9, 9, 9, 9]);
    const colour = prepare(1, 1, Uint8Array.of(1, 2, 3), 'stretch', 1, 2, 3)[0]!;
    expect(Array.from(colour.pixels)).toEqual([1, 1, 2, 2, 3, 3]);
    expect(colour).toMatchObject({ channels: 3, height: 1, width: 2 });
  });

  it('sends a gray image to a gray model as one channel, and refuses colour there', () => {
    expect(Array.from(prepare(1, 1, Uint8Array.of(9), 'stretch', 1, 2, 1)[0]!.pixels)).toEqual([9, 9]);
    expect(() => prepare(1, 1, Uint8Array.of(1, 2, 3), 'stretch', 1, 2, 1)).toThrow(AppError);
  });

  it('centres fit with black around it, the odd pixel below and right', () => {
    // 2 × 1 white pixels into 3 × 4: scale 1.5 by height, so 3 rows and 2 columns (1.5 rounded up), 1 column each side.
    const [input] = prepare(2, 1, Uint8Array.of(255, 255), 'fit', 3, 4);
    expect(Array.from(input!.pixels)).toEqual([0, 255, 255, 0, 0, 255, 255, 0, 0, 255, 255, 0]);
    expect(input!.geometry).toMatchObject({
      scaleX: 2,
      scaleY: 1.5,
      offsetX: 1,
      offsetY: 0,
      valid: { x0: 1, y0: 0, x1: 3, y1: 3 },
    });
    const odd = prepare(1, 1, Uint8Array.of(255), 'fit', 2, 5)[0]!;
    expect(odd.geometry.valid).toEqual({ x0: 1, y0: 0, x1: 3, y1: 2 });
  });

  it('crops the middle of the long side', () => {
    const [input] = prepare(1, 6, Uint8Array.of(1, 2, 3, 4, 5, 6), 'crop', 1, 2);
    expect(Array.from(input!.pixels)).toEqual([3, 4]);
    expect(input!.geometry).toMatchObject({ mode: 'crop', scaleX: 1, scaleY: 1, offsetX: -2, offsetY: 0 });
  });

  it('tiles by three quarters in whole patches and moves the last window to the edge', () => {
    // Width 64, patch 16: stride 48. 150 columns: 0, 48 and 86 (the last, moved back from 96).
    const inputs = prepare(48, 150, new Uint8Array(48 * 150), 'tile');
    expect(inputs.map(({ geometry }) => geometry.offsetX)).toEqual([0, -48, -86]);
    expect(inputs.every(({ geometry }) => geometry.scaleX === 1 && geometry.scaleY === 1)).toBe(true);
    expect(prepare(48, 64, new Uint8Array(48 * 64), 'tile')).toHaveLength(1);
    expect(prepare(49, 65, new Uint8Array(49 * 65), 'tile')).toHaveLength(4);
  });

  it('pads an image smaller than the model instead of enlarging it, when tiling', () => {
    const [input] = prepare(1, 2, Uint8Array.of(8, 9), 'tile', 3, 4);
    expect(Array.from(input!.pixels)).toEqual([0, 0, 0, 0, 0, 8, 9, 0, 0, 0, 0, 0]);
  });

  it('tiles by three quarters in whole pixels for a model without patches', () => {
    const spec = withoutPatches(specOf(30, 30, 1));
    const frame = frameOf(30, 60, new Uint8Array(30 * 60));
    const { inputs } = preprocessImage(frame, spec, { resize: 'tile', window: full });
    expect(inputs.map(({ geometry }) => 0 - geometry.offsetX)).toEqual([0, 22, 30]);
  });

  it('refuses more tiles than allowed, and says how many it would be', () => {
    const frame = frameOf(48, 150, new Uint8Array(48 * 150));
    const tile = (maxTiles: number) =>
      preprocessImage(frame, specOf(48, 64, 1), { resize: 'tile', window: full, maxTiles });
    expect(tile(3).inputs).toHaveLength(3);
    expect(() => tile(2)).toThrow('3 tiles; at most 2');
    const wide = frameOf(1, 64 + 48 * 64, new Uint8Array(64 + 48 * 64));
    expect(() => preprocessImage(wide, specOf(48, 64, 1), { resize: 'tile', window: full })).toThrow(
      '65 tiles; at most 64',
    );
  });

  it('hands on what the decoder gave up', () => {
    const frame = { ...frameOf(1, 1, Uint8Array.of(1)), notes: ['alpha-dropped'] };
    expect(preprocessImage(frame, specOf(1, 1, 1), { resize: 'stretch', window: full }).notes).toEqual([
      'alpha-dropped',
    ]);
  });
});
