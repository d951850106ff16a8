import { describe, expect, test } from 'vitest';
import { inference } from '#src/infer/triton/gen/protocol.js';
import { overrideModelConfig, parseModelConfig } from '#services/encoder/repository/parse-model-config.ts';

const text = `
# A comment
name: "m"
backend: "onnxruntime"
max_batch_size: 8
input { name: "image" data_type: TYPE_UINT8 dims: [3, 224, -1] }
output [ { name: "cls" data_type: TYPE_FP32 dims: 192 } ]
instance_group { kind: KIND_CPU count: 2 }
dynamic_batching {
  preferred_batch_size: [ 4, 2 ]
  max_queue_delay_microseconds: 1500
  default_queue_policy { timeout_action: DELAY max_queue_size: 7 }
}
version_policy: { specific { versions: [1, 3] } }
parameters { key: "tessera.engine" value { string_value: "onnxruntime-cpu" } }
`;

describe('config.pbtxt', () => {
  test('is read into the generated message, 64-bit integers as numbers', () => {
    const config = parseModelConfig(text);
    expect(config).toBeInstanceOf(inference.ModelConfig);
    expect(config).toMatchObject({
      name: 'm',
      maxBatchSize: 8,
      input: [{ name: 'image', dataType: inference.DataType.TYPE_UINT8, dims: [3, 224, -1] }],
      output: [{ name: 'cls', dims: [192] }],
      dynamicBatching: {
        preferredBatchSize: [4, 2],
        maxQueueDelayMicroseconds: 1500,
        defaultQueuePolicy: { maxQueueSize: 7 },
      },
      versionPolicy: { specific: { versions: [1, 3] } },
    });
    expect(config.parameters['tessera.engine']).toMatchObject({ stringValue: 'onnxruntime-cpu' });
  });

  test.each(['name: {', 'no_such_field: 1', 'max_batch_size: "eight"', 'input { data_type: TYPE_NONE }'])(
    'is refused when it says %s',
    (broken) => {
      expect(() => parseModelConfig(broken)).toThrow();
    },
  );
});

describe('an override', () => {
  const base = parseModelConfig(text);

  test.each(['{"max_batch_size": 2}', '{"maxBatchSize": 2}'])(
    '%s changes what it names and nothing else',
    (json) => {
      const config = overrideModelConfig(base, json);
      expect(config.maxBatchSize).toBe(2);
      expect(config.input).toEqual(base.input);
      expect(config.dynamicBatching).toEqual(base.dynamicBatching);
      expect(base.maxBatchSize).toBe(8);
    },
  );

  test('can set a field to its default', () => {
    expect(overrideModelConfig(base, '{"max_batch_size": 0}').maxBatchSize).toBe(0);
  });

  test('replaces a list as a whole, with names of enums, numbers as text, and map keys as they are', () => {
    const config = overrideModelConfig(
      base,
      JSON.stringify({
        output: [{ name: 'x', data_type: 'TYPE_FP16', dims: ['5'] }],
        parameters: { snake_key: { string_value: 'v' } },
      }),
    );
    expect(config.output).toMatchObject([{ name: 'x', dataType: inference.DataType.TYPE_FP16, dims: [5] }]);
    expect(Object.keys(config.parameters)).toEqual(['snake_key']);
    expect(config.parameters.snake_key).toMatchObject({ stringValue: 'v' });
  });

  test.each(['', '[]', '7', 'null', '{"nope": 1}', '{"input": [{"nope": 1}]}'])(
    'is refused when it is %j',
    (json) => {
      expect(() => overrideModelConfig(base, json)).toThrow();
    },
  );
});
