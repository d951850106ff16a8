/** The stages of a request whose time is told to the client and to Prometheus, in the order of the data. */
export const stageNames = [
  'read',
  'decode',
  'preprocess',
  'queue',
  'infer',
  'postprocess',
  'render',
] as const;
export type StageName = (typeof stageNames)[number];

/** Collects stage durations of one request; many items may report the same stage. */
export interface StageTimings {
  record(stage: StageName, durationMs: number): void;
  /** Slowest item per stage, ms: items run side by side, so a sum would exceed the wall clock. */
  slowest(): ReadonlyMap<StageName, number>;
}

/** @param onRecord told of every single duration (the stage histogram). */
export function createStageTimings(
  onRecord: (stage: StageName, durationMs: number) => void = () => undefined,
): StageTimings {
  const slowest = new Map<StageName, number>();
  return {
    record(stage, durationMs) {
      slowest.set(stage, Math.max(slowest.get(stage) ?? 0, durationMs));
      onRecord(stage, durationMs);
    },
    slowest: () => slowest,
  };
}

/** Renders a `Server-Timing` header value (W3C Server Timing), milliseconds with two decimals. */
export function renderServerTiming(timings: StageTimings, totalMs: number): string {
  const slowest = timings.slowest();
  const entries = stageNames.flatMap((stage) => {
    const duration = slowest.get(stage);
    return duration === undefined ? [] : [`${stage};dur=${duration.toFixed(2)}`];
  });
  return [...entries, `total;dur=${totalMs.toFixed(2)}`].join(', ');
}
