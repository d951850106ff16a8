import { AppError } from '#src/domain/app-error.ts';
import type { ModelSpec } from '#src/domain/model-spec.ts';
import type { EncodeBatch } from '#src/ports/encoder.ts';
import type { InferRequest } from './raw-contents.ts';
import { elementCount, inputTensor } from './tensor-contract.ts';

/**
 * A batch as a request: one raw UINT8 tensor B×C×H×W, whose images are handed on in pieces and not joined, and the wanted
 * outputs by name. Throws AppError `internal` when the batch is not one for this model: only our own code builds batches.
 * @param id comes back in the reply and stands in the server's log.
 */
export function buildInferRequest(spec: ModelSpec, batch: EncodeBatch, id: string): InferRequest {
  const { name, datatype, dims } = inputTensor(spec);
  const { inputs, outputs } = batch;
  if (inputs.length > spec.maxBatchSize) throw misuse(`${inputs.length} images exceed the batch size`);
  if (outputs.length === 0) throw misuse('no output is asked for');
  for (const { channels, height, width, pixels } of inputs) {
    const isRight = dims.every((length, axis) => length === [channels, height, width][axis]);
    if (!isRight || pixels.byteLength !== elementCount(dims)) throw misuse('an image has another shape');
  }
  return {
    modelName: spec.name,
    modelVersion: spec.version,
    id,
    inputs: [{ name, datatype, shape: [inputs.length, ...dims] }],
    outputs: outputs.map((output) => ({ name: output })),
    rawInputContents: [inputs.map(({ pixels }) => pixels)],
  };
}

const misuse = (what: string): AppError =>
  new AppError('internal', 'An unexpected error occurred.', {
    cause: new Error(`bad encoder batch: ${what}`),
  });
