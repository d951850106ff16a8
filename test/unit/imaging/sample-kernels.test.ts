import { describe, expect, it } from 'vitest';
import { cmykToRgbInto } from '#src/imaging/cmyk-to-rgb.ts';
import { copyRegionInto } from '#src/imaging/copy-region.ts';
import { interleavedToPlanarInto } from '#src/imaging/interleaved-to-planar.ts';
import { replicatePlaneInto } from '#src/imaging/replicate-plane.ts';
import { sampleRange } from '#src/imaging/sample-range.ts';

describe('cmykToRgbInto', () => {
  it('multiplies ink with light: R = (255 − C)(255 − K) / 255, rounded', () => {
    const rgb = new Uint8Array(9);
    // No ink; full black; C 100, M 0, Y 255 under K 55: 200 − 100·200/255 = 200 − 78.4, 200, 0
    cmykToRgbInto(Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 255, 100, 0, 255, 55), rgb);
    expect(Array.from(rgb)).toEqual([255, 255, 255, 0, 0, 0, 122, 200, 0]);
  });

  it('is within rounding of the product for every pair of bytes', () => {
    const rgb = new Uint8Array(3);
    for (let ink = 0; ink < 256; ink += 1) {
      for (let black = 0; black < 256; black += 1) {
        cmykToRgbInto(Uint8Array.of(ink, 0, 0, black), rgb);
        expect(Math.abs(rgb[0]! - ((255 - ink) * (255 - black)) / 255)).toBeLessThanOrEqual(0.5);
      }
    }
  });
});

describe('copyRegionInto', () => {
  it('places a region of RGB pixels and leaves the rest alone', () => {
    const source = {
      rows: 2,
      columns: 2,
      samplesPerPixel: 3 as const,
      pixels: Uint8Array.from({ length: 12 }, (_, at) => at + 1),
    };
    const target = new Uint8Array(2 * 3 * 3);
    copyRegionInto(source, { row: 1, column: 0, rows: 1, columns: 2 }, target, 3, 1, 1);
    expect(Array.from(target)).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7, 8, 9, 10, 11, 12]);
  });
});

describe('planes', () => {
  it('sorts interleaved samples by channel', () => {
    const target = new Uint8Array(6);
    interleavedToPlanarInto(Uint8Array.of(1, 2, 3, 4, 5, 6), target);
    expect(Array.from(target)).toEqual([1, 4, 2, 5, 3, 6]);
  });

  it('repeats a plane', () => {
    const target = new Uint8Array(6);
    replicatePlaneInto(Uint8Array.of(1, 2), 3, target);
    expect(Array.from(target)).toEqual([1, 2, 1, 2, 1, 2]);
  });
});

describe('sampleRange', () => {
  it('finds both ends wherever they are', () => {
    expect(sampleRange(Uint16Array.of(5, 65_535, 3, 9))).toEqual({ low: 3, high: 65_535, nonFinite: 0 });
    expect(sampleRange(Uint8Array.of(7))).toEqual({ low: 7, high: 7, nonFinite: 0 });
    expect(sampleRange(new Uint8Array(0))).toEqual({ low: 0, high: 0, nonFinite: 0 });
  });
});
