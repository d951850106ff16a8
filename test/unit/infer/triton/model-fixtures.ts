import type { ModelSpec } from '#src/domain/model-spec.ts';
import { inference } from '#src/infer/triton/gen/protocol.js';

/** A model as small as the contract allows: 3×32×32 pixels, four patches, eight values. */
export const tinySpec: ModelSpec = {
  name: 'tiny_32',
  family: 'dinov3',
  variant: 'tiny',
  version: '1',
  description: 'A model of the tests',
  input: { name: 'image', channels: 3, height: 32, width: 32, mean: [0, 0, 0], std: [1, 1, 1] },
  outputs: ['cls', 'patch_mean', 'patch_tokens'],
  patchSize: 16,
  registerTokens: 4,
  dimension: 8,
  weightsDigest: 'ab'.repeat(32),
  precision: 'fp32',
  maxBatchSize: 4,
  licence: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
  advisories: [],
};

const { DataType } = inference;

/** What a server that agrees with `tinySpec` answers to ModelMetadata. */
export const tinyMetadata = {
  name: 'tiny_32',
  versions: ['1'],
  platform: 'onnxruntime_onnx',
  inputs: [{ name: 'image', datatype: 'UINT8', shape: [-1, 3, 32, 32] }],
  outputs: [
    { name: 'cls', datatype: 'FP32', shape: [-1, 8] },
    { name: 'patch_mean', datatype: 'FP32', shape: [-1, 8] },
    { name: 'patch_tokens', datatype: 'FP16', shape: [-1, 4, 8] },
  ],
};

/** What it answers to ModelConfig. */
export const tinyConfig = {
  name: 'tiny_32',
  backend: 'onnxruntime',
  maxBatchSize: 4,
  input: [{ name: 'image', dataType: DataType.TYPE_UINT8, dims: [3, 32, 32] }],
  output: [
    { name: 'cls', dataType: DataType.TYPE_FP32, dims: [8] },
    { name: 'patch_mean', dataType: DataType.TYPE_FP32, dims: [8] },
    { name: 'patch_tokens', dataType: DataType.TYPE_FP16, dims: [4, 8] },
  ],
  instanceGroup: [{ count: 2, kind: inference.ModelInstanceGroup.Kind.KIND_CPU }],
  parameters: {
    'tessera.weights_digest': { stringValue: tinySpec.weightsDigest },
    'tessera.engine': { stringValue: 'onnxruntime-cpu' },
    'tessera.precision': { stringValue: 'fp32' },
  },
};
