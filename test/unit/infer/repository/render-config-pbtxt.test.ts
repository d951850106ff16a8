import { readFileSync } from 'node:fs';
import protobuf from 'protobufjs';
import { install } from 'protobufjs/ext/textformat.js';
import { describe, expect, test } from 'vitest';
import type { ModelSpec } from '#src/domain/model-spec.ts';
import { renderConfigPbtxt, type RepositoryTarget } from '#src/infer/repository/render-config-pbtxt.ts';
import { parseModelSpec } from '#src/infer/specs/parse-model-spec.ts';
import { withoutPatches } from '#test/support/without-patches.ts';

const readSpec = (name: string): ModelSpec =>
  parseModelSpec(JSON.parse(readFileSync(`triton-models/${name}/spec.json`, 'utf8')));

install();
const root = new protobuf.Root();
root.resolvePath = (_origin, target) => (target.startsWith('proto/') ? target : `proto/${target}`);
const modelConfig = root.loadSync('inference/model_config.proto').lookupType('inference.ModelConfig');
/** Read by an independent parser against the schema: an unknown field or a wrong type throws. */
const parse = (text: string) =>
  modelConfig.toObject(modelConfig.fromText(text), { enums: String, longs: Number, defaults: true });

describe.each(['demo_vit_224', 'demo_vit_448'])('the configuration of %s', (name) => {
  const spec = readSpec(name);
  const tokens = (spec.input.height / 16) * (spec.input.width / 16);

  test('the committed file is what the spec renders', () => {
    expect(readFileSync(`triton-models/${name}/config.pbtxt`, 'utf8')).toBe(
      renderConfigPbtxt(spec, 'onnxruntime'),
    );
  });

  test.each<RepositoryTarget>(['onnxruntime', 'python', 'tensorrt'])('for %s fits the schema', (target) => {
    const config = parse(renderConfigPbtxt(spec, target));
    expect(config).toMatchObject({
      name,
      backend: target,
      maxBatchSize: spec.maxBatchSize,
      versionPolicy: { specific: { versions: [1] } },
      input: [{ name: 'image', dataType: 'TYPE_UINT8', format: 'FORMAT_NCHW' }],
      instanceGroup: [{ count: 1, kind: target === 'tensorrt' ? 'KIND_GPU' : 'KIND_CPU' }],
    });
    expect(config.input[0].dims).toEqual([3, spec.input.height, spec.input.width]);
    expect(config.output).toHaveLength(3);
    expect(config.output).toMatchObject([
      { name: 'cls', dataType: 'TYPE_FP32', dims: [192] },
      { name: 'patch_mean', dataType: 'TYPE_FP32', dims: [192] },
      { name: 'patch_tokens', dataType: 'TYPE_FP16', dims: [tokens, 192] },
    ]);
    // An engine announces its weights only when it has been verified, see parity-proof.ts.
    const announced = target === 'tensorrt' ? undefined : { stringValue: spec.weightsDigest };
    expect(config.parameters['tessera.weights_digest']).toEqual(announced);
    expect(config.parameters).toMatchObject({
      'tessera.precision': { stringValue: 'fp32' },
      'tessera.engine': { stringValue: target === 'tensorrt' ? 'tensorrt' : 'onnxruntime-cpu' },
    });
  });
});

describe('the options', () => {
  test('instances, delay, queue size and precision arrive in the configuration', () => {
    const text = renderConfigPbtxt(readSpec('demo_vit_224'), 'tensorrt', {
      instances: 3,
      maxQueueDelayUs: 500,
      maxQueueSize: 7,
      precision: 'fp16',
    });
    expect(parse(text)).toMatchObject({
      instanceGroup: [{ count: 3 }],
      dynamicBatching: { maxQueueDelayMicroseconds: 500, defaultQueuePolicy: { maxQueueSize: 7 } },
      parameters: { 'tessera.precision': { stringValue: 'fp16' } },
    });
  });
});

test('a model has the outputs of its spec and no others', () => {
  const spec = withoutPatches(readSpec('demo_vit_224'));
  const config = parse(renderConfigPbtxt({ ...spec, outputs: ['cls'] }, 'onnxruntime'));
  expect(config.output).toHaveLength(1);
  expect(config.output).toMatchObject([{ name: 'cls', dataType: 'TYPE_FP32', dims: [192] }]);
});
