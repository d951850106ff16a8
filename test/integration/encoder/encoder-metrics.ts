import { expect, vi } from 'vitest';
import type { RunningEncoder } from './start-encoder.ts';

/** The text of the encoder's /metrics. */
export async function metricsOf({ announcements }: RunningEncoder): Promise<string> {
  const { address } = await vi.waitFor(() => {
    const found = announcements.find((each) => each.event === 'metrics-listening');
    expect(found).toBeDefined();
    return found!;
  });
  return (await fetch(`http://${address}/metrics`)).text();
}

/** Resolves when so many requests of `vit` wait; the worker has been given those before them. */
export const untilPending = (encoder: RunningEncoder, count: number): Promise<void> =>
  vi.waitFor(
    async () => {
      const text = await metricsOf(encoder);
      expect(text).toContain(`nv_inference_pending_request_count{model="vit",version="1"} ${count}\n`);
    },
    { interval: 5, timeout: 5000 },
  );
