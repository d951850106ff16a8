import { describe, expect, it } from 'vitest';
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

  it('advises nothing at 8 bits, nor when the caller chose the window', () => {
    expect(windowFrame(frameOf(1, 2, Uint8Array.of(3, 4)), full).advisories).toEqual([]);
    expect(windowFrame(frameOf(1, 2, Uint16Array.of(3, 4)), { kind: 'auto' }).advisories).toEqual([]);
  });
});
