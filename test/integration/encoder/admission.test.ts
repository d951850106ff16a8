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

beforeAll(async () => {
  repository = await createTestRepository();
  for (const name of ['sound', 'unlicensed', 'exchanged', 'otherweights']) await repository.add(name);
  rmSync(join(repository.folder, 'unlicensed/LICENSE'));
  manifest('sound', { weightsDigest, modelDigest });
  manifest('exchanged', { weightsDigest, modelDigest: 'ab'.repeat(32) });
  manifest('otherweights', { weightsDigest: 'cd'.repeat(32), modelDigest });
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
  test('serves a model whose files are those of its manifest', async () => {
    expect(await stateOf('sound')).toEqual({ state: 'READY', reason: '' });
    expect((await client.call('modelInfer', inferRequest('sound', [stripes(0)]))).outputs).toHaveLength(1);
  });

  test.each([
    ['unlicensed', "no licence text lies beside the model; put its LICENSE into the model's folder"],
    ['exchanged', 'model.onnx is not the exported file'],
    ['otherweights', 'the weights that are announced are not those of export.json'],
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
