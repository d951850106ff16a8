import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createWorkerFleet, type WorkerFleet } from '#services/encoder/scheduling/worker-fleet.ts';
import type { WorkerOrder } from '#services/encoder/worker/worker-protocol.ts';

const models = fileURLToPath(new URL('../../../triton-models', import.meta.url));
const loadOrder = (key: string): Extract<WorkerOrder, { op: 'load' }> => ({
  op: 'load',
  key,
  path: join(models, 'demo_vit_224/1/model.onnx'),
  isBatched: true,
  rowsPerRun: 4,
  inputs: [{ name: 'image', type: 'uint8', dims: [3, 224, 224] }],
  outputs: [{ name: 'cls', type: 'float32', dims: [192] }],
});

let fleet: WorkerFleet;
const rejections: unknown[] = [];
const noteRejection = (reason: unknown): unknown => rejections.push(reason);

beforeEach(() => {
  process.on('unhandledRejection', noteRejection);
  fleet = createWorkerFleet({ size: 2, executionTimeoutMs: 60_000, log: pino({ level: 'silent' }) });
});
afterEach(async () => {
  await fleet.close();
  process.off('unhandledRejection', noteRejection);
});

describe('the worker fleet', () => {
  test('starts the second worker when the first has its first model', async () => {
    fleet.start();
    await vi.waitFor(() => expect(fleet.liveCount()).toBe(1), { timeout: 5000 });
    expect(fleet.workers()[1]!.stats().state).toBe('stopped');
    await fleet.load(loadOrder('a'), 1);
    await vi.waitFor(() => expect(fleet.workers()[1]!.loaded()).toEqual(['a']), { timeout: 10_000 });
  });

  test('loads cheap models first, whatever the order in which they came', async () => {
    const loaded: string[] = [];
    const note = (key: string) => (): unknown => loaded.push(key);
    const loads = [
      fleet.load(loadOrder('dear'), 9).then(note('dear')),
      fleet.load(loadOrder('cheap'), 1).then(note('cheap')),
    ];
    fleet.start();
    await Promise.all(loads);
    expect(loaded).toEqual(['cheap', 'dear']);
  });

  test('gives a worker that comes back every model again, and forgets one that was unloaded', async () => {
    fleet.start();
    await Promise.all([fleet.load(loadOrder('a'), 1), fleet.load(loadOrder('b'), 2)]);
    const [worker] = fleet.workers();
    process.kill(worker!.stats().pid!, 'SIGKILL');
    await vi.waitFor(() => expect(worker!.loaded()).toEqual([]), { timeout: 5000 });
    fleet.unload('a');
    await vi.waitFor(() => expect(fleet.workers().map((each) => each.loaded())).toEqual([['b'], ['b']]), {
      timeout: 10_000,
    });
  });

  test('closes while models are being loaded, without an unhandled rejection', async () => {
    fleet.start();
    await fleet.load(loadOrder('a'), 1);
    void fleet.load(loadOrder('b'), 2);
    await vi.waitFor(() => expect(fleet.workers()[0]!.isFree()).toBe(false), { interval: 1 });
    await fleet.close();
    // Node tells of unhandled rejections after the turn in which they happened.
    await new Promise((resolve) => setImmediate(resolve));
    expect(rejections).toEqual([]);
  });
});
