import { describe, expect, it } from 'vitest';
import { trackedFiles, trackedText } from './tracked-files.ts';

/** Lines of each hand-written source file, ascending. */
function lineCounts(): readonly { path: string; lines: number }[] {
  return trackedFiles()
    .filter((path) => /^(src|services)\/.*\.ts$/.test(path) && !path.includes('/gen/'))
    .map((path) => ({ path, lines: trackedText(path)!.trimEnd().split('\n').length }))
    .sort((a, b) => a.lines - b.lines);
}

/** Nearest-rank percentile: the smallest value with at least this share of the values at or below it. */
function percentile(ascending: readonly number[], share: number): number {
  return ascending[Math.max(0, Math.ceil(share * ascending.length) - 1)]!;
}

describe('source files stay small enough to be read in one go', () => {
  const files = lineCounts();
  const lines = files.map((file) => file.lines);

  it('the median has at most 100 lines', () => {
    expect(percentile(lines, 0.5)).toBeLessThanOrEqual(100);
  });

  it('nine of ten have at most 250 lines', () => {
    expect(percentile(lines, 0.9)).toBeLessThanOrEqual(250);
  });

  it('none has more than 400 lines', () => {
    expect(files.filter((file) => file.lines > 400)).toEqual([]);
  });
});
