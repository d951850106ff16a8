import { beforeAll, expect, test } from 'vitest';
import { inferenceService } from '#src/infer/triton/service-definition.ts';
import { inferImages, inferRequest } from '../client/infer-images.ts';
import { failureOf } from '../client/kserve-client.ts';
import { syntheticImage } from '../client/synthetic-images.ts';
import type { KserveTarget } from '../servers/kserve-target.ts';

const model = 'demo_vit_224';
const image = syntheticImage('disc', 224);

async function readStatistics(target: KserveTarget) {
  const { modelStats } = await target.client.call(inferenceService.modelStatistics, { name: model });
  expect(modelStats).toHaveLength(1);
  const stats = modelStats[0]!;
  const { success, fail, computeInfer } = stats.inferenceStats!;
  return {
    name: stats.name,
    version: stats.version,
    inferenceCount: Number(stats.inferenceCount),
    executionCount: Number(stats.executionCount),
    lastInference: Number(stats.lastInference),
    successCount: Number(success!.count),
    successNs: Number(success!.ns),
    failCount: fail?.count ?? 0,
    computeInferNs: Number(computeInfer!.ns),
    batches: new Map(
      (stats.batchStats ?? []).map((entry) => [entry.batchSize, Number(entry.computeInfer!.count)]),
    ),
  };
}

type Statistics = Awaited<ReturnType<typeof readStatistics>>;

/** The statistics once they count one success more: a server may send a reply before it counts it. */
async function readNextStatistics(target: KserveTarget, before: Statistics): Promise<Statistics> {
  const isCounted = async () => (await readStatistics(target)).successCount > before.successCount;
  await expect.poll(isCounted, { timeout: 10_000 }).toBe(true);
  return readStatistics(target);
}

/** ModelStatistics: the counters by which a gateway or a dashboard judges a server. */
export function defineStatisticsCases(target: () => KserveTarget): void {
  beforeAll(async () => {
    // From zero, so that no request of an earlier test is counted late.
    await target().client.call(inferenceService.repositoryModelUnload, { modelName: model });
    await target().client.call(inferenceService.repositoryModelLoad, { modelName: model });
  });

  test('a batch of three counts three inferences, one execution and one success, and its batch size', async () => {
    const before = await readStatistics(target());
    await inferImages(target().client, model, [image, image, image], 224, ['cls']);
    const after = await readNextStatistics(target(), before);
    expect(after).toMatchObject({ name: model, version: '1' });
    expect(after.inferenceCount - before.inferenceCount).toBe(3);
    expect(after.executionCount - before.executionCount).toBe(1);
    expect(after.successCount - before.successCount).toBe(1);
    expect((after.batches.get(3) ?? 0) - (before.batches.get(3) ?? 0)).toBe(1);
    expect(after.failCount).toBe(before.failCount);
  });

  test('durations are nanoseconds: compute lies within success, and time moves forward', async () => {
    const before = await readStatistics(target());
    const startedMs = Date.now();
    await inferImages(target().client, model, [image], 224, ['cls']);
    const after = await readNextStatistics(target(), before);
    const elapsedNs = (Date.now() - startedMs + 1) * 1e6;
    const successNs = after.successNs - before.successNs;
    const computeNs = after.computeInferNs - before.computeInferNs;
    // The encoder needs some 15 ms an image; a millisecond is far below any machine.
    expect(computeNs).toBeGreaterThan(1e6);
    expect(successNs).toBeGreaterThanOrEqual(computeNs);
    expect(successNs).toBeLessThanOrEqual(elapsedNs);
    expect(after.lastInference).toBeGreaterThanOrEqual(before.lastInference);
    expect(Math.abs(after.lastInference - Date.now())).toBeLessThan(60_000);
  });

  test('a request that is refused before it is queued counts no inference', async () => {
    const before = await readStatistics(target());
    await failureOf(
      target().client.call(inferenceService.modelInfer, inferRequest(model, [image], 100, ['cls'])),
    );
    expect((await readStatistics(target())).inferenceCount).toBe(before.inferenceCount);
  });

  test('without a name the statistics of all loaded models come back', async () => {
    const { modelStats } = await target().client.call(inferenceService.modelStatistics, {});
    expect(modelStats.map((stats) => stats.name).sort()).toEqual(['demo_vit_224', 'demo_vit_448']);
  });
}
