import { expect, test } from 'vitest';
import type { ModelSpec } from '#src/domain/model-spec.ts';
import { findDisagreements } from '#src/infer/triton/find-disagreements.ts';
import { inference } from '#src/infer/triton/gen/protocol.js';
import { tinyConfig, tinyMetadata, tinySpec } from './model-fixtures.ts';

type Metadata = inference.ModelMetadataResponse.$Properties;
type Config = inference.ModelConfig.$Properties;

/** The messages travel through the wire form, as they do in life. */
function disagreements(
  metadata: Metadata,
  config: Config,
  spec = tinySpec,
  mayBeUnproven = false,
): readonly string[] {
  return findDisagreements(
    spec,
    inference.ModelMetadataResponse.decode(inference.ModelMetadataResponse.encode(metadata).finish()),
    inference.ModelConfig.decode(inference.ModelConfig.encode(config).finish()),
    mayBeUnproven,
  );
}
// Enums of proto3 are open: a newer server may send what this list does not know.
const futureType = JSON.parse('77') as inference.DataType;
const withOutput = (index: number, change: object): Metadata => ({
  ...tinyMetadata,
  outputs: tinyMetadata.outputs.map((output, at) => (at === index ? { ...output, ...change } : output)),
});
const withParameter = (key: string, stringValue: string): Config => ({
  ...tinyConfig,
  parameters: { ...tinyConfig.parameters, [key]: { stringValue } },
});

test('a model that is as its spec says has none', () => {
  expect(disagreements(tinyMetadata, tinyConfig)).toEqual([]);
});

test('a server that announces nothing is judged by its tensors alone', () => {
  expect(disagreements(tinyMetadata, { ...tinyConfig, parameters: {} })).toEqual([]);
});

test('more outputs than the contract are allowed, since outputs are asked for by name', () => {
  const extra = { name: 'attention', datatype: 'FP16', shape: [-1, 3] };
  expect(disagreements({ ...tinyMetadata, outputs: [...tinyMetadata.outputs, extra] }, tinyConfig)).toEqual(
    [],
  );
});

test.each<[string, Metadata, Config, string]>([
  ['the name', { ...tinyMetadata, name: 'other' }, tinyConfig, 'model name other, expected tiny_32'],
  [
    'the version',
    { ...tinyMetadata, versions: ['2', '3'] },
    tinyConfig,
    'versions [2, 3], expected 1 among them',
  ],
  [
    'the datatype of the input',
    { ...tinyMetadata, inputs: [{ name: 'image', datatype: 'FP32', shape: [-1, 3, 32, 32] }] },
    tinyConfig,
    "metadata: input 'image': datatype FP32, expected UINT8",
  ],
  [
    'the size of the input',
    { ...tinyMetadata, inputs: [{ name: 'image', datatype: 'UINT8', shape: [-1, 3, 64, 32] }] },
    tinyConfig,
    "metadata: input 'image': dims [3, 64, 32], expected [3, 32, 32]",
  ],
  [
    'an input without a batch dimension',
    { ...tinyMetadata, inputs: [{ name: 'image', datatype: 'UINT8', shape: [3, 32, 32, 1] }] },
    tinyConfig,
    "metadata: input 'image': dims [3, 32, 32, 1], expected [3, 32, 32]",
  ],
  [
    'an input that the spec does not have',
    {
      ...tinyMetadata,
      inputs: [...tinyMetadata.inputs, { name: 'mask', datatype: 'UINT8', shape: [-1, 4] }],
    },
    tinyConfig,
    "metadata: input 'mask' is not in the spec",
  ],
  [
    'a missing output',
    { ...tinyMetadata, outputs: tinyMetadata.outputs.slice(0, 2) },
    tinyConfig,
    "metadata: output 'patch_tokens' is missing; there are [cls, patch_mean]",
  ],
  [
    'the dimension',
    withOutput(0, { shape: [-1, 16] }),
    tinyConfig,
    "metadata: output 'cls': dims [16], expected [8]",
  ],
  [
    'the precision of the tokens',
    withOutput(2, { datatype: 'FP32' }),
    tinyConfig,
    "metadata: output 'patch_tokens': datatype FP32, expected FP16",
  ],
  [
    'the number of tokens',
    withOutput(2, { shape: [-1, 5, 8] }),
    tinyConfig,
    "metadata: output 'patch_tokens': dims [5, 8], expected [4, 8]",
  ],
  ['the batch size', tinyMetadata, { ...tinyConfig, maxBatchSize: 8 }, 'max_batch_size 8, expected 4'],
  [
    'a decoupled model',
    tinyMetadata,
    { ...tinyConfig, modelTransactionPolicy: { decoupled: true } },
    'decoupled true, expected false',
  ],
  [
    'the configured type of the input',
    tinyMetadata,
    { ...tinyConfig, input: [{ name: 'image', dataType: inference.DataType.TYPE_BF16, dims: [3, 32, 32] }] },
    "config: input 'image': datatype BF16, expected UINT8",
  ],
  [
    'a configured type of the future',
    tinyMetadata,
    { ...tinyConfig, input: [{ name: 'image', dataType: futureType, dims: [3, 32, 32] }] },
    "config: input 'image': datatype 77, expected UINT8",
  ],
  [
    'the weights',
    tinyMetadata,
    withParameter('tessera.weights_digest', 'cd'.repeat(32)),
    `tessera.weights_digest ${'cd'.repeat(32)}, expected ${'ab'.repeat(32)}`,
  ],
  [
    'an INT8 engine, whose vectors are not comparable',
    tinyMetadata,
    withParameter('tessera.precision', 'int8'),
    'tessera.precision int8, expected fp32',
  ],
])('names what differs and how: %s', (_name, metadata, config, sentence) => {
  expect(disagreements(metadata, config)).toEqual([sentence]);
});

test('an engine of another float precision may serve the same weights', () => {
  expect(disagreements(tinyMetadata, withParameter('tessera.precision', 'fp16'))).toEqual([]);
});

test('only the outputs of the spec are looked for', () => {
  const pooledOnly: ModelSpec = { ...tinySpec, outputs: ['cls'] };
  const metadata = { ...tinyMetadata, outputs: tinyMetadata.outputs.slice(0, 1) };
  const config = { ...tinyConfig, output: tinyConfig.output.slice(0, 1) };
  expect(disagreements(metadata, config, pooledOnly)).toEqual([]);
  expect(disagreements({ ...metadata, outputs: [] }, config, pooledOnly)).toEqual([
    "metadata: output 'cls' is missing; there are []",
  ]);
});

test('a TensorRT engine that announces no weights is refused, except by the one who is about to prove it', () => {
  const proof = ['the engine has no proof of parity (tessera models verify --write-parity)'];
  const engine = { ...tinyConfig, parameters: {} };
  const read = (config: Config, mayBeUnproven = false) =>
    disagreements(tinyMetadata, config, tinySpec, mayBeUnproven);
  expect(read({ ...engine, platform: 'tensorrt_plan' })).toEqual(proof);
  expect(read({ ...engine, backend: 'tensorrt' })).toEqual(proof);
  expect(read({ ...engine, backend: 'tensorrt' }, true)).toEqual([]);
  expect(read({ ...tinyConfig, platform: 'tensorrt_plan' })).toEqual([]);
});
