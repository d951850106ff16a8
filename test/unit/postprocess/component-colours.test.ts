import { describe, expect, it } from 'vitest';
import { colourRanges, componentColours } from '#src/postprocess/component-colours.ts';

/** 101 rows: component 0 runs 0…100, component 1 an eighth of it, component 2 stands still. */
const ramp = Float64Array.from({ length: 303 }, (_, i) => {
  const row = Math.floor(i / 3);
  return [row, row / 8 - 5, 7][i % 3]!;
});
const channel = (colours: Uint8Array, component: number) => colours.filter((_, i) => i % 3 === component);

describe('colours of components', () => {
  it('each: the 2nd and the 98th percentile of a component become 0 and 255, and what lies beyond is clipped', () => {
    const ranges = colourRanges(ramp, 'each');
    expect(ranges[0]).toEqual({ low: expect.closeTo(2, 12), high: expect.closeTo(98, 12) });
    const colours = componentColours(ramp, ranges);
    const red = channel(colours, 0);
    expect([red[0], red[2], red[50], red[98], red[100]]).toEqual([0, 0, 128, 255, 255]);
    // (26 − 2) / 96 · 255 = 63.75
    expect(red[26]).toBe(64);
    expect([...channel(colours, 1)]).toEqual([...red]);
  });

  it('common: the widest component fills its channel, one with an eighth of its spread an eighth about the middle', () => {
    const colours = componentColours(ramp, colourRanges(ramp, 'common'));
    const green = channel(colours, 1);
    expect([channel(colours, 0)[2], channel(colours, 0)[98]]).toEqual([0, 255]);
    // 127.5 ± 15.94
    expect([green[2], green[98]]).toEqual([112, 143]);
  });

  it.each(['each', 'common'] as const)('%s: a component without spread is the middle level', (scale) => {
    const blue = channel(componentColours(ramp, colourRanges(ramp, scale)), 2);
    expect(new Set(blue)).toEqual(new Set([128]));
  });

  it('when all but a few patches are equal, the few are still told from the rest', () => {
    const scores = new Float64Array(300);
    scores[0] = 5;
    const red = channel(componentColours(scores, colourRanges(scores, 'each')), 0);
    expect([red[0], red[1], red[99]]).toEqual([255, 0, 0]);
  });

  it('with ranges of many images, one image keeps the colours it has among them', () => {
    const ranges = colourRanges(ramp, 'each');
    const alone = componentColours(ramp.subarray(150, 153), ranges);
    expect([...alone]).toEqual([...componentColours(ramp, ranges).subarray(150, 153)]);
  });
});
