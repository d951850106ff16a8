import { describe, expect, test } from 'vitest';
import { AppError } from '#src/domain/app-error.ts';
import type { OutputName } from '#src/domain/encoder-output.ts';
import type { ModelInput } from '#src/domain/model-input.ts';
import { buildInferRequest } from '#src/infer/triton/build-infer-request.ts';
import type { InferResponse } from '#src/infer/triton/raw-contents.ts';
import { readInferResponse } from '#src/infer/triton/read-infer-response.ts';
import { inferenceService } from '#src/infer/triton/service-definition.ts';
import { tinySpec } from './model-fixtures.ts';

const image = (fill: number, height = 32): ModelInput => ({
  channels: 3,
  height,
  width: 32,
  pixels: new Uint8Array(3 * height * 32).fill(fill),
  geometry: {
    mode: 'stretch',
    sourceRows: height,
    sourceColumns: 32,
    inputHeight: height,
    inputWidth: 32,
    scaleX: 1,
    scaleY: 1,
    offsetX: 0,
    offsetY: 0,
    valid: { x0: 0, y0: 0, x1: 32, y1: height },
    patchSize: 16,
  },
});
const batch = (inputs: readonly ModelInput[], outputs: readonly OutputName[] = ['cls']) => ({
  modelName: 'tiny_32',
  inputs,
  outputs,
});

describe('a batch becomes a request', () => {
  test('one raw UINT8 tensor with the images one after the other, and outputs by name', () => {
    const request = buildInferRequest(tinySpec, batch([image(1), image(2)], ['cls', 'patch_tokens']), 'r-7');
    const seen = inferenceService.modelInfer.requestDeserialize(
      inferenceService.modelInfer.requestSerialize(request),
    );
    expect(seen).toMatchObject({
      modelName: 'tiny_32',
      modelVersion: '1',
      id: 'r-7',
      inputs: [{ name: 'image', datatype: 'UINT8', shape: [2, 3, 32, 32] }],
      outputs: [{ name: 'cls' }, { name: 'patch_tokens' }],
    });
    expect(seen.inputs[0]?.contents).toBeNull();
    const [raw] = seen.rawInputContents;
    expect(raw).toHaveLength(2 * 3 * 32 * 32);
    expect([raw?.[0], raw?.[3071], raw?.[3072], raw?.[6143]]).toEqual([1, 1, 2, 2]);
  });

  test.each<[string, readonly ModelInput[], readonly OutputName[]]>([
    ['too many images', [1, 2, 3, 4, 5].map((fill) => image(fill)), ['cls']],
    ['an image of another size', [image(1, 48)], ['cls']],
    ['pixels that do not fill the image', [{ ...image(1), pixels: new Uint8Array(10) }], ['cls']],
    ['no outputs', [image(1)], []],
  ])('a batch that is not one for the model is our own fault: %s', (_name, inputs, outputs) => {
    expect(() => buildInferRequest(tinySpec, batch(inputs, outputs), 'r')).toThrow(
      expect.objectContaining({ code: 'internal' }),
    );
  });
});

const cls = Float32Array.from({ length: 16 }, (_, index) => index / 4);
const tokens = Uint16Array.from({ length: 64 }, (_, index) => 0x3c00 + index);
const bytes = (values: Float32Array | Uint16Array): Uint8Array => new Uint8Array(values.buffer);
const good: InferResponse = {
  modelName: 'tiny_32',
  modelVersion: '1',
  outputs: [
    { name: 'patch_tokens', datatype: 'FP16', shape: [2, 4, 8] },
    { name: 'cls', datatype: 'FP32', shape: [2, 8] },
  ],
  rawOutputContents: [bytes(tokens), bytes(cls)],
};
const read = (response: InferResponse) =>
  readInferResponse(
    inferenceService.modelInfer.responseDeserialize(inferenceService.modelInfer.responseSerialize(response)),
    { spec: tinySpec, outputs: ['cls', 'patch_tokens'], batchSize: 2 },
  );

describe('a reply becomes one output for each image', () => {
  test('values go to the image they belong to, whatever the order of the outputs', () => {
    const outputs = read(good);
    expect(outputs).toHaveLength(2);
    expect(outputs[1]?.clsToken).toEqual(cls.slice(8));
    expect(outputs[1]?.patchTokens).toEqual(tokens.slice(32));
    expect(outputs[0]).not.toHaveProperty('patchMean');
  });

  test('patch tokens at an even address are a view of the message, at an odd one a copy, with equal values', () => {
    const message = inferenceService.modelInfer.responseSerialize(good);
    const results = [0, 1].map((shift) => {
      const memory = new Uint8Array(message.byteLength + 1);
      memory.set(message, shift);
      const view = Buffer.from(memory.buffer, shift, message.byteLength);
      const [first] = readInferResponse(inferenceService.modelInfer.responseDeserialize(view), {
        spec: tinySpec,
        outputs: ['cls', 'patch_tokens'],
        batchSize: 2,
      });
      return { isView: first?.patchTokens?.buffer === memory.buffer, values: first?.patchTokens };
    });
    expect(results.map(({ isView }) => isView).sort()).toEqual([false, true]);
    for (const { values } of results) expect(values).toEqual(tokens.slice(0, 32));
  });

  const [tokensHead, clsHead] = good.outputs!;
  const withCls = (change: object): InferResponse => ({
    ...good,
    outputs: [tokensHead!, { ...clsHead, ...change }],
  });
  const withClsValue = (value: number): InferResponse => ({
    ...good,
    rawOutputContents: [bytes(tokens), bytes(cls.with(9, value))],
  });
  test.each<[string, InferResponse, string]>([
    ['another model', { ...good, modelName: 'other' }, "model 'other', expected 'tiny_32'"],
    ['another version', { ...good, modelVersion: '2' }, "version '2', expected '1'"],
    [
      'a missing output',
      { ...good, outputs: [tokensHead!] },
      'outputs [patch_tokens], expected [cls, patch_tokens]',
    ],
    [
      'an output twice',
      { ...good, outputs: [tokensHead!, tokensHead!] },
      'outputs [patch_tokens, patch_tokens]',
    ],
    ['another output', withCls({ name: 'logits' }), 'outputs [patch_tokens, logits]'],
    [
      'fewer tensors than outputs',
      { ...good, rawOutputContents: [bytes(tokens)] },
      '1 raw tensors for 2 outputs',
    ],
    ['another datatype', withCls({ datatype: 'FP16' }), "datatype 'FP16', expected FP32"],
    ['another dimension', withCls({ shape: [2, 16] }), 'shape [2,16], expected [2,8]'],
    ['another number of images', withCls({ shape: [1, 8] }), 'shape [1,8], expected [2,8]'],
    ['a missing axis', withCls({ shape: [16] }), 'shape [16], expected [2,8]'],
    [
      'too few bytes',
      { ...good, rawOutputContents: [bytes(tokens), bytes(cls).subarray(4)] },
      '60 bytes, expected 64',
    ],
    ['NaN', withClsValue(NaN), 'a value is not finite'],
    ['infinity', withClsValue(-Infinity), 'a value is not finite'],
  ])('is refused: %s', (_name, response, words) => {
    let thrown: unknown;
    try {
      read(response);
    } catch (err) {
      thrown = err;
    }
    expect(thrown).toBeInstanceOf(AppError);
    const error = thrown as AppError;
    expect(error.code).toBe('encoder-protocol-error');
    expect((error.cause as Error).message).toContain(words);
    expect(error.detail).not.toContain('cls');
  });
});
