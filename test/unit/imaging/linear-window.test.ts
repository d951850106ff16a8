import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyLevelTableInto, linearRangeTable, linearWindowTable } from '#src/imaging/linear-window.ts';

describe('linearRangeTable', () => {
  it('is the identity for the whole range of 8 bits', () => {
    expect(Array.from(linearRangeTable(8, 0, 255))).toEqual(Array.from({ length: 256 }, (_, value) => value));
  });

  it('sends 16 bits to 8 with halves up: 128.5 and 129 of 257 to a level', () => {
    const table = linearRangeTable(16, 0, 65_535);
    // 65535 / 255 = 257 stored values a level: 128 / 257 = 0.498, 129 / 257 = 0.502
    expect([table[0], table[128], table[129], table[65_406], table[65_407], table[65_535]]).toEqual([
      0, 0, 1, 254, 255, 255,
    ]);
  });

  it('rounds an exact half up: 1 of 0…2 is 127.5', () => {
    expect(Array.from(linearRangeTable(2, 0, 2))).toEqual([0, 128, 255, 255]);
  });

  it('clamps outside, and sends a range without length to 0', () => {
    expect(Array.from(linearRangeTable(3, 2, 4))).toEqual([0, 0, 0, 128, 255, 255, 255, 255]);
    expect(Array.from(linearRangeTable(2, 3, 3))).toEqual([0, 0, 0, 0]);
  });
});

describe('linearWindowTable (DICOM PS3.3 C.11.2.1.2.1)', () => {
  it('follows the clause at centre 4, width 5: 0 up to 1.5, 255 above 5.5', () => {
    // ((x − 3.5) / 4 + 0.5) · 255: x = 2 → 31.9, 3 → 95.6, 4 → 159.4, 5 → 223.1
    expect(Array.from(linearWindowTable(3, 4, 5))).toEqual([0, 0, 32, 96, 159, 223, 255, 255]);
  });

  it('is a threshold at width 1: 0 up to centre − 0.5, 255 above', () => {
    expect(Array.from(linearWindowTable(3, 4, 1))).toEqual([0, 0, 0, 0, 255, 255, 255, 255]);
  });

  it('never falls, and holds its ends for any centre and width', () => {
    const number = fc.double({ min: -70_000, max: 70_000, noNaN: true });
    fc.assert(
      fc.property(number, fc.double({ min: 1, max: 70_000, noNaN: true }), (center, width) => {
        const table = linearWindowTable(8, center, width);
        for (let value = 1; value < 256; value += 1)
          expect(table[value]).toBeGreaterThanOrEqual(table[value - 1]!);
        for (let value = 0; value < 256; value += 1) {
          if (value <= center - 0.5 - (width - 1) / 2) expect(table[value]).toBe(0);
          else if (value > center - 0.5 + (width - 1) / 2) expect(table[value]).toBe(255);
        }
      }),
    );
  });
});

describe('applyLevelTableInto', () => {
  it('reads one entry a sample', () => {
    const target = new Uint8Array(3);
    applyLevelTableInto(Uint16Array.of(0, 1, 2), Uint8Array.of(9, 8, 7), target);
    expect(Array.from(target)).toEqual([9, 8, 7]);
  });
});
