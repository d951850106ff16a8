import { describe, expect, it } from 'vitest';
import { AppError } from '#src/domain/app-error.ts';
import { parseWindow } from '#src/preprocess/parse-window.ts';
import { windowFrame } from '#src/preprocess/window-frame.ts';
import { frameOf } from './preprocess-fixture.ts';

const full = { kind: 'full' } as const;
const levels = (windowed: ReturnType<typeof windowFrame>): number[] => Array.from(windowed.raster.pixels);

describe('windowFrame', () => {
  it('passes 8 bits on unchanged, the very bytes', () => {
    const frame = frameOf(1, 3, Uint8Array.of(0, 7, 255));
    const { raster, windowApplied, advisories } = windowFrame(frame, full);
    expect(raster.pixels).toBe(frame.pixels);
    expect(windowApplied).toEqual({ kind: 'full', low: 0, high: 255 });
    expect(advisories).toEqual([]);
  });

  it('maps the full range of 16, 12 and 4 bits to 0…255', () => {
    expect(levels(windowFrame(frameOf(1, 3, Uint16Array.of(0, 32_768, 65_535)), full))).toEqual([
      0, 128, 255,
    ]);
    expect(levels(windowFrame(frameOf(1, 3, Uint16Array.of(0, 2048, 4095), 12), full))).toEqual([
      0, 128, 255,
    ]);
    expect(levels(windowFrame(frameOf(1, 3, Uint8Array.of(0, 8, 15), 4), full))).toEqual([0, 136, 255]);
  });

  it('stretches auto between the smallest and the largest sample of all channels', () => {
    const windowed = windowFrame(frameOf(1, 2, Uint16Array.of(100, 200, 300, 100, 150, 110)), {
      kind: 'auto',
    });
    expect(levels(windowed)).toEqual([0, 128, 255, 0, 64, 13]);
    expect(windowed.windowApplied).toEqual({ kind: 'auto', low: 100, high: 300 });
  });

  it('makes an image of one value black under auto', () => {
    expect(levels(windowFrame(frameOf(1, 2, Uint8Array.of(9, 9)), { kind: 'auto' }))).toEqual([0, 0]);
  });

  it('applies center,width in stored values and says which values became 0 and 255', () => {
    const windowed = windowFrame(frameOf(1, 4, Uint16Array.of(0, 3, 4, 6)), {
      kind: 'linear',
      center: 4,
      width: 5,
    });
    expect(levels(windowed)).toEqual([0, 96, 159, 255]);
    expect(windowed.windowApplied).toEqual({ kind: 'linear', low: 1.5, high: 5.5 });
  });

  it.each([
    ['one value below an eighth', 1000, 1000 + 8190, 1],
    ['exactly an eighth', 1000, 1000 + 8191, 0],
  ])('advises low-dynamic-range at %s of 16 bits', (_, low, high, count) => {
    const { advisories } = windowFrame(frameOf(1, 2, Uint16Array.of(low, high)), full);
    expect(advisories).toHaveLength(count);
    if (count === 1) expect(advisories[0]).toMatchObject({ code: 'low-dynamic-range', level: 'warning' });
  });

  it('spreads the full range of signed samples: the lowest value is 0, zero is the middle', () => {
    const windowed = windowFrame(frameOf(1, 3, Int16Array.of(-32_768, 0, 32_767)), full);
    expect(levels(windowed)).toEqual([0, 128, 255]);
    expect(windowed.windowApplied).toEqual({ kind: 'full', low: -32_768, high: 32_767 });
    // Eight bits do not pass unchanged when they are signed.
    expect(levels(windowFrame(frameOf(1, 3, Int8Array.of(-128, 0, 127)), full))).toEqual([0, 128, 255]);
    expect(levels(windowFrame(frameOf(1, 3, Uint32Array.of(0, 2 ** 31, 2 ** 32 - 1)), full))).toEqual([
      0, 128, 255,
    ]);
  });

  it('advises low-dynamic-range for Hounsfield-like values in signed 16 bits', () => {
    const { advisories } = windowFrame(frameOf(1, 2, Int16Array.of(-1024, 3071)), full);
    expect(advisories).toMatchObject([
      { code: 'low-dynamic-range', evidence: 'stored values -1024 to 3071 of 16 bits' },
    ]);
  });

  it('applies center,width to negative values and to 32 bits by the same formula as to 16', () => {
    const window = { kind: 'linear', center: -600, width: 1500 } as const;
    // (v + 600.5) / 1499 + ½, times 255: −1350 is below, −600 the middle, 150 above.
    expect(levels(windowFrame(frameOf(1, 3, Int16Array.of(-1350, -600, 150)), window))).toEqual([
      0, 128, 255,
    ]);
    const narrow = { kind: 'linear', center: 4, width: 5 } as const;
    expect(levels(windowFrame(frameOf(1, 4, Int32Array.of(0, 3, 4, 6)), narrow))).toEqual([0, 96, 159, 255]);
  });

  it('takes the smallest and the largest value of float samples, and says that it did', () => {
    const windowed = windowFrame(frameOf(1, 4, Float32Array.of(-0.5, 0, 0.25, 1.5)), full);
    // (v + 0.5) / 2 · 255 = 0, 63.75, 95.625, 255
    expect(levels(windowed)).toEqual([0, 64, 96, 255]);
    expect(windowed.windowApplied).toEqual({ kind: 'auto', low: -0.5, high: 1.5 });
    expect(windowed.advisories).toMatchObject([{ code: 'float-range', level: 'info' }]);
    const asked = windowFrame(frameOf(1, 2, Float64Array.of(0, 1)), { kind: 'auto' });
    expect([levels(asked), asked.advisories]).toEqual([[0, 255], []]);
  });

  it('leaves NaN and infinity out of the range: NaN and −∞ become 0, +∞ 255, and a note counts them', () => {
    const windowed = windowFrame(frameOf(1, 5, Float32Array.of(NaN, -Infinity, Infinity, 2, 4)), full);
    expect(levels(windowed)).toEqual([0, 0, 255, 0, 255]);
    expect(windowed.notes).toEqual(['non-finite-samples-3']);
    expect(windowed.windowApplied).toMatchObject({ low: 2, high: 4 });
    const linear = windowFrame(frameOf(1, 4, Float32Array.of(NaN, -Infinity, Infinity, 2)), {
      kind: 'linear',
      center: 2,
      width: 4,
    });
    expect(levels(linear)).toEqual([0, 0, 255, 128]);
    expect(linear.notes).toEqual(['non-finite-samples-3']);
  });

  it.each([
    ['nothing but NaN', Float32Array.of(NaN, Infinity), { kind: 'full' }, 'no finite value'],
    [
      'values that lie farther apart than any number',
      Float64Array.of(-1.7e308, 1.7e308),
      { kind: 'auto' },
      'too far apart',
    ],
    [
      'a width below 1 over whole numbers',
      Int16Array.of(0, 1),
      { kind: 'linear', center: 0, width: 0.5 },
      'at least 1',
    ],
  ] as const)('refuses %s', (_, pixels, option, reason) => {
    const refused = (): unknown => windowFrame(frameOf(1, 2, pixels), option);
    expect(refused).toThrow(AppError);
    expect(refused).toThrow(`unusable-input`);
    expect(refused).toThrow(reason);
  });

  it('makes a float image of one value black', () => {
    expect(levels(windowFrame(frameOf(1, 2, Float32Array.of(0.7, 0.7)), full))).toEqual([0, 0]);
  });

  it('windows float samples exactly, without the half step of whole numbers, and at any width', () => {
    const windowed = windowFrame(frameOf(1, 4, Float32Array.of(0.25, 0.5, 0.625, 0.75)), {
      kind: 'linear',
      center: 0.5,
      width: 0.5,
    });
    // (v − 0.5) / 0.5 + ½, times 255: 0, 127.5, 191.25, 255
    expect(levels(windowed)).toEqual([0, 128, 191, 255]);
    expect(windowed.windowApplied).toEqual({ kind: 'linear', low: 0.25, high: 0.75 });
  });

  it.each([
    [{ kind: 'full' }, [255, 155, 0], { low: 0, high: 255 }],
    [{ kind: 'auto' }, [255, 155, 0], { low: 0, high: 255 }],
    [{ kind: 'linear', center: 100, width: 3 }, [255, 64, 0], { low: 98.5, high: 100.5 }],
  ] as const)(
    'turns the levels around where the least value is white, under %j',
    (option, expected, applied) => {
      const stored = Uint8Array.of(0, 100, 255);
      const frame = { ...frameOf(1, 3, stored), photometricInterpretation: 'MONOCHROME1' as const };
      const windowed = windowFrame(frame, option);
      expect(levels(windowed)).toEqual(expected);
      expect(windowed.windowApplied).toMatchObject(applied);
      expect(Array.from(stored)).toEqual([0, 100, 255]);
    },
  );

  it('advises nothing at 8 bits, nor when the caller chose the window', () => {
    expect(windowFrame(frameOf(1, 2, Uint8Array.of(3, 4)), full).advisories).toEqual([]);
    expect(windowFrame(frameOf(1, 2, Uint16Array.of(3, 4)), { kind: 'auto' }).advisories).toEqual([]);
  });
});

describe('values at the ends of their types', () => {
  it.each([1e300, 1e305, 1e306, 1e308, Number.MAX_VALUE])(
    '0 to %s are levels like any other range',
    (most) => {
      const frame = frameOf(1, 5, Float64Array.of(0, most / 4, most / 2, most, NaN));
      expect(levels(windowFrame(frame, { kind: 'auto' }))).toEqual([0, 64, 128, 255, 0]);
      expect(levels(windowFrame(frame, full))).toEqual([0, 64, 128, 255, 0]);
    },
  );

  it('and the smallest float64 too', () => {
    const frame = frameOf(1, 3, Float64Array.of(0, 5e-324, 1e-323));
    expect(levels(windowFrame(frame, full))).toEqual([0, 128, 255]);
  });

  it('a window may lie anywhere among them, and its ends are finite', () => {
    const whole = windowFrame(frameOf(1, 3, Uint32Array.of(2_999_999_000, 3_000_000_000, 3_000_001_000)), {
      kind: 'linear',
      center: 3_000_000_000,
      width: 1_000,
    });
    expect(levels(whole)).toEqual([0, 128, 255]);
    const small = parseWindow('1e-5,2e-5');
    expect(levels(windowFrame(frameOf(1, 3, Float32Array.of(0, 1e-5, 2e-5)), small))).toEqual([0, 127, 255]);
    const most = String(2 ** 1022);
    const large = windowFrame(frameOf(1, 3, Float64Array.of(-1e308, 0, 1e308)), parseWindow(`0,${most}`));
    expect(levels(large)).toEqual([0, 128, 255]);
    for (const center of [most, `-${most}`]) {
      const { windowApplied } = windowFrame(
        frameOf(1, 1, Float64Array.of(0)),
        parseWindow(`${center},${most}`),
      );
      expect([windowApplied.low, windowApplied.high].every(Number.isFinite)).toBe(true);
    }
  });
});
