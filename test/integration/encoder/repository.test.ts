import { status } from '@grpc/grpc-js';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createKserveClient, inferRequest, stripes, type KserveClient } from './kserve-client.ts';
import { untilPending } from './encoder-metrics.ts';
import {
  createTestRepository,
  startEncoder,
  stopEncoder,
  type RunningEncoder,
  type TestRepository,
} from './start-encoder.ts';

let repository: TestRepository;
let encoder: RunningEncoder;
let client: KserveClient;

beforeAll(async () => {
  repository = await createTestRepository();
  await repository.add('vit');
  encoder = await startEncoder({
    TESSERA_MODEL_DIR: repository.folder,
    TESSERA_ENCODER_WORKERS: '2',
    TESSERA_ENCODER_METRICS_BIND: '127.0.0.1:0',
  });
  client = createKserveClient(encoder.address);
  await encoder.modelReady('vit');
});

afterAll(async () => {
  client.close();
  await stopEncoder(encoder);
  await repository.remove();
});

const infer = (name = 'vit', rows = 1) =>
  client.call(
    'modelInfer',
    inferRequest(
      name,
      Array.from({ length: rows }, (_, seed) => stripes(seed)),
    ),
  );
const load = (modelName: string, config?: object | string) => {
  const stringParam = typeof config === 'string' ? config : JSON.stringify(config);
  return client.call('repositoryModelLoad', {
    modelName,
    parameters: config === undefined ? {} : { config: { stringParam } },
  });
};
const stateOf = async (name: string) => {
  const { models } = await client.call('repositoryIndex', {});
  const found = models.find((model) => model.name === name);
  return found === undefined ? undefined : { state: found.state, reason: found.reason };
};
const maxBatchSize = async () => (await client.call('modelConfig', { name: 'vit' })).config!.maxBatchSize;

describe('the model repository', () => {
  test('unloads a model after its requests are answered, and loads it again', async () => {
    const underWay = Promise.all([infer('vit', 32), infer('vit', 32), infer('vit', 32)]);
    // Two run and one waits: all three were accepted.
    await untilPending(encoder, 1);
    await client.call('repositoryModelUnload', { modelName: 'vit' });
    expect(await underWay).toHaveLength(3);
    expect(await stateOf('vit')).toEqual({ state: 'UNAVAILABLE', reason: 'unloaded' });
    await expect(infer()).rejects.toMatchObject({
      code: status.NOT_FOUND,
      details: "Request for unknown model: 'vit' has no available versions",
    });
    await expect(
      client.call('modelInfer', { ...inferRequest('vit', [stripes(0)]), modelVersion: '1' }),
    ).rejects.toMatchObject({
      code: status.UNAVAILABLE,
      details: "Request for unknown model: 'vit' version 1 is not at ready state",
    });
    await load('vit');
    expect(await stateOf('vit')).toEqual({ state: 'READY', reason: '' });
    expect((await infer()).outputs).toHaveLength(1);
  });

  test('starts the counters anew with a load', async () => {
    await infer();
    await load('vit');
    const [stats] = (await client.call('modelStatistics', { name: 'vit' })).modelStats;
    expect(stats!.inferenceCount).toBe(0);
  });

  test.each([
    ['a part of it', { max_batch_size: 2 }],
    ['a part of it in camel case', { maxBatchSize: 2 }],
  ])('takes %s as an override of the configuration', async (_, config) => {
    await load('vit', config);
    expect(await maxBatchSize()).toBe(2);
    await expect(infer('vit', 3)).rejects.toMatchObject({ code: status.INVALID_ARGUMENT });
    expect((await infer('vit', 2)).outputs[0]!.shape).toEqual([2, 192]);
    await load('vit');
    expect(await maxBatchSize()).toBe(32);
  });

  test('takes a whole configuration as an override', async () => {
    await load('vit', {
      name: 'vit',
      backend: 'onnxruntime',
      max_batch_size: 4,
      input: [{ name: 'image', data_type: 'TYPE_UINT8', dims: [3, 224, 224] }],
      output: [{ name: 'cls', data_type: 'TYPE_FP32', dims: [192] }],
      parameters: { some_key: { string_value: 'kept as it is' } },
    });
    const metadata = await client.call('modelMetadata', { name: 'vit' });
    expect(metadata.outputs.map(({ name }) => name)).toEqual(['cls']);
    const { config } = await client.call('modelConfig', { name: 'vit' });
    expect(config!.parameters).toMatchObject({ some_key: { stringValue: 'kept as it is' } });
    await load('vit');
  });

  test.each([
    ['no JSON', '{nope'],
    ['an unknown field', { no_such_field: 1 }],
    ['a tensor that the graph lacks', { output: [{ name: 'logits', data_type: 'TYPE_FP32', dims: [192] }] }],
    [
      'a dimension that the graph contradicts',
      { output: [{ name: 'cls', data_type: 'TYPE_FP32', dims: [384] }] },
    ],
    [
      'a type that the graph contradicts',
      { input: [{ name: 'image', data_type: 'TYPE_FP32', dims: [3, 224, 224] }] },
    ],
  ])('refuses an override with %s and goes on serving what was there', async (_, config) => {
    await expect(load('vit', config)).rejects.toMatchObject({
      code: status.INTERNAL,
      details: expect.stringMatching(/^failed to load 'vit', /) as string,
    });
    expect(await stateOf('vit')).toEqual({ state: 'READY', reason: '' });
    expect((await infer()).outputs).toHaveLength(1);
  });

  test('keeps answering while a model is loaded anew', async () => {
    const answers = Promise.all(Array.from({ length: 20 }, () => infer()));
    await load('vit');
    expect(await answers).toHaveLength(20);
  });

  test('finds a model that came after the start, and one that was mended', async () => {
    await repository.add('late');
    expect(await stateOf('late')).toBeUndefined();
    await load('late');
    expect((await infer('late')).modelName).toBe('late');
    const path = join(repository.folder, 'late/config.pbtxt');
    await writeFile(path, 'backend: "tensorrt" input { name: "a" } output { name: "b" }');
    await expect(load('late')).rejects.toMatchObject({
      details: "failed to load 'late', backend 'tensorrt' is not served here",
    });
  });

  test('unloads an unknown model without a word, as Triton does', async () => {
    expect(await client.call('repositoryModelUnload', { modelName: 'nosuch' })).toBeDefined();
  });
});
