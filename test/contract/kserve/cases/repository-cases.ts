import { afterEach, expect, test } from 'vitest';
import { inferenceService } from '#src/infer/triton/service-definition.ts';
import { inferImages, inferRequest } from '../client/infer-images.ts';
import { failureOf } from '../client/kserve-client.ts';
import { syntheticImage } from '../client/synthetic-images.ts';
import type { KserveTarget } from '../servers/kserve-target.ts';

const model = 'demo_vit_448';
const image = syntheticImage('disc', 448);

/** Name → state in the repository's index. */
async function readStates(
  { client }: KserveTarget,
  ready = false,
): Promise<Readonly<Record<string, unknown>>> {
  const { models } = await client.call(inferenceService.repositoryIndex, { ready });
  return Object.fromEntries<unknown>(models.map((entry) => [entry.name ?? '', entry.state] as const));
}

/** RepositoryIndex, RepositoryModelLoad, RepositoryModelUnload. */
export function defineRepositoryCases(target: () => KserveTarget): void {
  const load = (parameters = {}) =>
    target().client.call(inferenceService.repositoryModelLoad, { modelName: model, parameters });
  const unload = () => target().client.call(inferenceService.repositoryModelUnload, { modelName: model });

  afterEach(async () => {
    const { ready } = await target().client.call(inferenceService.modelReady, { name: model });
    if (!ready) await load();
  });

  test('the index lists every model of the repository, ready', async () => {
    expect(await readStates(target())).toEqual({ demo_vit_224: 'READY', demo_vit_448: 'READY' });
  });

  test('an unloaded model is not ready, is not found by inference and metadata, and the others go on', async () => {
    const { client } = target();
    await unload();
    expect((await client.call(inferenceService.modelReady, { name: model })).ready).toBe(false);
    const calls = [
      client.call(inferenceService.modelInfer, inferRequest(model, [image], 448, ['cls'])),
      client.call(inferenceService.modelMetadata, { name: model }),
      client.call(inferenceService.modelConfig, { name: model }),
    ];
    const failures = await Promise.all(calls.map(failureOf));
    expect(failures.map((failure) => failure.code)).toEqual(['NOT_FOUND', 'NOT_FOUND', 'NOT_FOUND']);
    const other = await inferImages(client, 'demo_vit_224', [syntheticImage('disc', 224)], 224, ['cls']);
    expect(other.size).toBe(1);
  });

  test('the index says UNAVAILABLE of an unloaded model, and leaves it out when asked for ready ones', async () => {
    await unload();
    await expect
      .poll(async () => (await readStates(target()))[model], { timeout: 10_000 })
      .toBe('UNAVAILABLE');
    expect(await readStates(target(), true)).toEqual({ demo_vit_224: 'READY' });
  });

  test('a model that was loaded again serves as before', async () => {
    const { client } = target();
    const before = (await inferImages(client, model, [image], 448, ['cls'])).get('cls')!.values;
    await unload();
    await load();
    expect((await client.call(inferenceService.modelReady, { name: model })).ready).toBe(true);
    const after = (await inferImages(client, model, [image], 448, ['cls'])).get('cls')!.values;
    expect(after).toEqual(before);
  });

  test('statistics of a model begin anew when it is loaded again', async () => {
    const { client } = target();
    await inferImages(client, model, [image], 448, ['cls']);
    await unload();
    await load();
    const { modelStats } = await client.call(inferenceService.modelStatistics, { name: model });
    expect(modelStats.map((stats) => stats.inferenceCount)).toEqual([0]);
  });

  test('to load a loaded model and to unload an unloaded or unknown one is no error', async () => {
    await load();
    await unload();
    await unload();
    await target().client.call(inferenceService.repositoryModelUnload, { modelName: 'nosuch' });
  });

  test('a load may override the configuration; after an unload the file counts again', async () => {
    const { client } = target();
    const { config } = await client.call(inferenceService.modelConfig, { name: model });
    const override = {
      name: model,
      backend: config!.backend,
      max_batch_size: 2,
      input: [{ name: 'image', data_type: 'TYPE_UINT8', dims: [3, 448, 448] }],
      output: [{ name: 'cls', data_type: 'TYPE_FP32', dims: [192] }],
    };
    await load({ config: { stringParam: JSON.stringify(override) } });
    const batchLimit = async () =>
      (await client.call(inferenceService.modelConfig, { name: model })).config?.maxBatchSize;
    expect(await batchLimit()).toBe(2);
    const tooMany = inferRequest(model, [image, image, image], 448, ['cls']);
    expect((await failureOf(client.call(inferenceService.modelInfer, tooMany))).code).toBe(
      'INVALID_ARGUMENT',
    );
    await unload();
    await load();
    expect(await batchLimit()).toBe(16);
  });
}
