import { describe, expect, test } from 'vitest';
import { createStageTimings, renderServerTiming, stageNames } from '#src/telemetry/stage-timings.ts';

describe('stage timings', () => {
  test('keep the slowest item of each stage and tell every single one', () => {
    const told: [string, number][] = [];
    const timings = createStageTimings((stage, durationMs) => told.push([stage, durationMs]));
    timings.record('infer', 5);
    timings.record('infer', 9);
    timings.record('infer', 2);
    expect(timings.slowest().get('infer')).toBe(9);
    expect(told).toEqual([
      ['infer', 5],
      ['infer', 9],
      ['infer', 2],
    ]);
  });
});

describe('Server-Timing', () => {
  test('names stages in the order of the data, whatever the order of recording, and the total last', () => {
    const timings = createStageTimings();
    timings.record('infer', 12.345);
    timings.record('decode', 0);
    expect(renderServerTiming(timings, 20)).toBe('decode;dur=0.00, infer;dur=12.35, total;dur=20.00');
  });

  test('of a request without stages is the total alone', () => {
    expect(renderServerTiming(createStageTimings(), 1.5)).toBe('total;dur=1.50');
  });

  test('holds no stage that did not run, and every one that did', () => {
    const timings = createStageTimings();
    for (const stage of stageNames) timings.record(stage, 1);
    const names = renderServerTiming(timings, 7)
      .split(', ')
      .map((entry) => entry.split(';')[0]);
    expect(names).toEqual([...stageNames, 'total']);
  });
});
