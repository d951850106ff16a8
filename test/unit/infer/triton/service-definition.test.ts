import { describe, expect, test } from 'vitest';
import { inference } from '#src/infer/triton/gen/protocol.js';
import { inferenceService } from '#src/infer/triton/service-definition.ts';

const { modelInfer, modelStreamInfer, modelConfig, modelMetadata, modelStatistics } = inferenceService;

describe('the wire form of the inference service', () => {
  test('a tensor given in pieces has the same bytes as one given whole', () => {
    const head = {
      modelName: 'm',
      modelVersion: '2',
      id: 'r-1',
      inputs: [{ name: 'image', datatype: 'UINT8', shape: [2, 3] }],
      outputs: [{ name: 'cls' }],
    };
    const whole = modelInfer.requestSerialize({
      ...head,
      rawInputContents: [Uint8Array.of(1, 2, 3, 4, 5, 6)],
    });
    const pieces = modelInfer.requestSerialize({
      ...head,
      rawInputContents: [[Uint8Array.of(1, 2), Uint8Array.of(3, 4, 5, 6)]],
    });
    expect(pieces.equals(whole)).toBe(true);
  });

  // Lengths around the borders of one, two, three and four varint bytes.
  test.each([0, 1, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152])(
    'a request with a raw tensor of %i bytes equals what the generated encoder writes',
    (length) => {
      const message = { modelName: 'm', rawInputContents: [new Uint8Array(length).fill(7)] };
      const expected = inference.ModelInferRequest.encode(message).finish();
      expect(modelInfer.requestSerialize(message).equals(expected)).toBe(true);
    },
  );

  test('a response and a stream response equal what the generated encoder writes', () => {
    const inferResponse = {
      modelName: 'm',
      outputs: [{ name: 'cls', datatype: 'FP32', shape: [1, 2] }],
      rawOutputContents: [Uint8Array.of(0, 0, 128, 63, 0, 0, 0, 64)],
    };
    const plain = inference.ModelInferResponse.encode(inferResponse).finish();
    expect(modelInfer.responseSerialize(inferResponse).equals(plain)).toBe(true);
    const stream = { errorMessage: 'no', inferResponse };
    const streamed = inference.ModelStreamInferResponse.encode(stream).finish();
    expect(modelStreamInfer.responseSerialize(stream).equals(streamed)).toBe(true);
  });

  test('raw tensors are decoded as views of the message, not as copies', () => {
    const bytes = modelInfer.responseSerialize({ rawOutputContents: [Uint8Array.of(1, 2, 3)] });
    const decoded = modelInfer.responseDeserialize(bytes);
    expect(decoded.rawOutputContents[0]?.buffer).toBe(bytes.buffer);
  });

  test('64-bit integers are plain numbers, negative and large ones and defaults included', () => {
    const metadata = modelMetadata.responseDeserialize(
      modelMetadata.responseSerialize({ inputs: [{ name: 'x', shape: [-1, 3, 224, 2 ** 40] }] }),
    );
    expect(metadata.inputs[0]?.shape).toEqual([-1, 3, 224, 2 ** 40]);
    const statistics = modelStatistics.responseDeserialize(
      modelStatistics.responseSerialize({ modelStats: [{ executionCount: 2 ** 53 - 1 }] }),
    );
    expect(statistics.modelStats[0]?.executionCount).toBe(2 ** 53 - 1);
    expect(statistics.modelStats[0]?.inferenceCount).toBe(0);
  });

  test('maps with 64-bit keys survive', () => {
    const config = { dynamicBatching: { priorityQueuePolicy: { 7: { maxQueueSize: 3 } } } };
    const decoded = modelConfig.responseDeserialize(modelConfig.responseSerialize({ config }));
    expect(decoded.config?.dynamicBatching?.priorityQueuePolicy?.['7']?.maxQueueSize).toBe(3);
  });

  test.each([
    ['a truncated message', Uint8Array.of(0x0a, 0x05, 0x61)],
    ['a length beyond the end', Uint8Array.of(0x32, 0xff, 0xff, 0xff, 0x7f)],
    ['an unfinished varint', Uint8Array.of(0xff)],
  ])('%s is refused', (_name, bytes) => {
    expect(() => modelInfer.responseDeserialize(Buffer.from(bytes))).toThrow();
  });
});
