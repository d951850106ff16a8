import { createHash } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '#test/support/until.ts';
import { createKserveClient, inferRequest, stripes, type KserveClient } from './kserve-client.ts';
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
const graph = readFileSync('triton-models/demo_vit_224/1/model.onnx');
const { weightsDigest } = JSON.parse(readFileSync('triton-models/demo_vit_224/spec.json', 'utf8')) as {
  weightsDigest: string;
};
const modelDigest = createHash('sha256').update(graph).digest('hex');
const manifest = (name: string, document: object): void =>
  writeFileSync(join(repository.folder, name, 'export.json'), JSON.stringify(document));

const int8Models = ['int8', 'int8lossy', 'int8unasked'];
function announceInt8(name: string): void {
  const path = join(repository.folder, name, 'config.pbtxt');
  const before = readFileSync(path, 'utf8');
  const after = before.replace('string_value: "fp32"', 'string_value: "int8"');
  expect(after).not.toBe(before);
  writeFileSync(path, after);
}

beforeAll(async () => {
  repository = await createTestRepository();
  for (const name of ['sound', 'unlicensed', 'exchanged', 'otherweights', ...int8Models]) {
    await repository.add(name);
  }
  rmSync(join(repository.folder, 'unlicensed/LICENSE'));
  manifest('sound', { weightsDigest, modelDigest });
  manifest('exchanged', { weightsDigest, modelDigest: 'ab'.repeat(32) });
  manifest('otherweights', { weightsDigest: 'cd'.repeat(32), modelDigest });
  for (const name of int8Models) announceInt8(name);
  manifest('int8', { weightsDigest, modelDigest, parity: { head: { auc: 0.9, aucReference: 0.9 } } });
  manifest('int8lossy', { weightsDigest, modelDigest, parity: { head: { auc: 0.89, aucReference: 0.9 } } });
  manifest('int8unasked', { weightsDigest, modelDigest });
  encoder = await startEncoder({ TESSERA_MODEL_DIR: repository.folder, TESSERA_ENCODER_WORKERS: '1' });
  client = createKserveClient(encoder.address);
  await until('every model is ready or refused', async () => (await client.call('serverReady', {})).ready);
});
afterAll(async () => {
  client.close();
  await stopEncoder(encoder);
  await repository.remove();
});

const stateOf = async (name: string) => {
  const { models } = await client.call('repositoryIndex', {});
  const { state, reason } = models.find((model) => model.name === name)!;
  return { state, reason };
};

describe('the encoder at load', () => {
  test('serves models whose files are those of their manifests, INT8 that passed its gate too', async () => {
    for (const name of ['sound', 'int8']) {
      expect(await stateOf(name)).toEqual({ state: 'READY', reason: '' });
    }
    expect((await client.call('modelInfer', inferRequest('sound', [stripes(0)]))).outputs).toHaveLength(1);
  });

  test.each([
    ['unlicensed', "no licence text lies beside the model; put its LICENSE into the model's folder"],
    ['exchanged', 'model.onnx is not the exported file'],
    ['otherweights', 'the weights that are announced are not those of export.json'],
    [
      'int8lossy',
      'the INT8 engine has not passed the gate of the head’s AUC: 0.8900, more than 0.005 below 0.9000 of FP32',
    ],
    [
      'int8unasked',
      'the INT8 engine has not passed the gate of the head’s AUC: export.json has no parity.head',
    ],
  ])('refuses %s, in the index and in the log, and the others go on', async (name, reason) => {
    expect(await stateOf(name)).toEqual({ state: 'UNAVAILABLE', reason });
    const lines = encoder
      .log()
      .split('\n')
      .filter((line) => line.includes(`"model":"${name}"`));
    expect(lines.map((line) => JSON.parse(line) as object)).toEqual([
      expect.objectContaining({ reason, msg: 'the model is not served' }),
    ]);
    await expect(client.call('modelInfer', inferRequest(name, [stripes(0)]))).rejects.toThrow('available');
  });

  test('takes a model that has got its text when it is loaded again', async () => {
    writeFileSync(join(repository.folder, 'unlicensed/LICENSE'), 'The terms.');
    await client.call('repositoryModelLoad', { modelName: 'unlicensed' });
    expect(await stateOf('unlicensed')).toEqual({ state: 'READY', reason: '' });
  });
});
