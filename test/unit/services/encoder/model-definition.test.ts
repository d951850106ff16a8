import { describe, expect, test } from 'vitest';
import { defineModel, modelCost } from '#services/encoder/repository/model-definition.ts';
import { chooseVersions } from '#services/encoder/repository/choose-versions.ts';
import { parseModelConfig } from '#services/encoder/repository/parse-model-config.ts';

const tensors =
  'input { name: "x" data_type: TYPE_UINT8 dims: [3, 8, 8] } output { name: "y" data_type: TYPE_FP16 dims: 4 }';
const define = (text: string, bytes = 10) =>
  defineModel('m', parseModelConfig(text), '1', { path: '/models/m/1/model.onnx', bytes });

describe('a model definition', () => {
  test('has tensors with sizes, and no batching without dynamic_batching', () => {
    const model = define(`backend: "onnxruntime" max_batch_size: 4 ${tensors}`);
    expect(model.inputs).toEqual([
      { name: 'x', datatype: { kserve: 'UINT8', onnx: 'uint8', bytes: 1 }, dims: [3, 8, 8] },
    ]);
    expect(model.outputs[0]!.datatype).toEqual({ kserve: 'FP16', onnx: 'float16', bytes: 2 });
    expect(model.batching.isDynamic).toBe(false);
  });

  test('reads delays and limits of the batcher in ms', () => {
    const { batching } = define(
      `backend: "onnxruntime" max_batch_size: 4 ${tensors} dynamic_batching {
        preferred_batch_size: [4, 2] max_queue_delay_microseconds: 1500
        default_queue_policy { default_timeout_microseconds: 2000 allow_timeout_override: true max_queue_size: 9 } }`,
    );
    expect(batching).toEqual({
      isDynamic: true,
      maxDelayMs: 1.5,
      preferredRows: [2, 4],
      maxQueueSize: 9,
      defaultTimeoutMs: 2,
      mayOverrideTimeout: true,
    });
  });

  test('rejects nothing late where the policy only delays', () => {
    const { batching } = define(
      `backend: "onnxruntime" max_batch_size: 4 ${tensors} dynamic_batching {
        default_queue_policy { timeout_action: DELAY default_timeout_microseconds: 2000 allow_timeout_override: true } }`,
    );
    expect(batching).toMatchObject({ defaultTimeoutMs: 0, mayOverrideTimeout: false });
  });

  test("knows Triton's older name of the backend", () => {
    expect(define(`platform: "onnxruntime_onnx" ${tensors}`).maxBatchSize).toBe(0);
  });

  test.each([
    ['another name', `name: "other" backend: "onnxruntime" ${tensors}`, /names 'other', its folder 'm'/],
    ['another backend', `backend: "tensorrt" ${tensors}`, /'tensorrt' is not served/],
    ['no tensors', 'backend: "onnxruntime"', /no inputs or no outputs/],
    ['a negative batch size', `backend: "onnxruntime" max_batch_size: -1 ${tensors}`, /negative/],
    [
      'strings',
      `backend: "onnxruntime" ${tensors.replace('TYPE_UINT8', 'TYPE_STRING')}`,
      /'x' cannot be served/,
    ],
    ['no dims', `backend: "onnxruntime" ${tensors.replace('dims: 4', '')}`, /'y' has no dims/],
    ['a dim of 0', `backend: "onnxruntime" ${tensors.replace('dims: 4', 'dims: 0')}`, /dim below 1/],
  ])('is refused with %s', (_, text, message) => {
    expect(() => define(text)).toThrow(message);
  });

  test('costs more with more weights or a larger input', () => {
    const small = define(`backend: "onnxruntime" ${tensors}`);
    const heavy = define(`backend: "onnxruntime" ${tensors}`, 20);
    const wide = define(`backend: "onnxruntime" ${tensors.replace('[3, 8, 8]', '[3, 16, 16]')}`);
    expect(modelCost(heavy)).toBeGreaterThan(modelCost(small));
    expect(modelCost(wide)).toBeGreaterThan(modelCost(small));
  });
});

test.each([
  ['without a policy: the newest', undefined, [10]],
  ['latest', { latest: { numVersions: 2 } }, [9, 10]],
  ['latest of none named', { latest: {} }, [10]],
  ['all', { all: {} }, [1, 9, 10]],
  ['specific ones that exist', { specific: { versions: [1, 4] } }, [1]],
])('versions are chosen by number, %s', (_, policy, expected) => {
  expect(chooseVersions([10, 9, 1], policy)).toEqual(expected);
});
