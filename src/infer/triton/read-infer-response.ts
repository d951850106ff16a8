import { AppError } from '#src/domain/app-error.ts';
import type { EncoderOutput, OutputName } from '#src/domain/encoder-output.ts';
import type { ModelSpec } from '#src/domain/model-spec.ts';
import type { inference } from './gen/protocol.js';
import { elementCount, outputTensor } from './tensor-contract.ts';

/** What of the request the reply is checked against. */
export interface ExpectedResponse {
  readonly spec: ModelSpec;
  readonly outputs: readonly OutputName[];
  readonly batchSize: number;
}

/**
 * A reply as one EncoderOutput for each image. FP32 values are copied, so that a kept vector does not keep the message;
 * patch tokens are views of the message unless they lie at an odd address. Nothing is taken on trust: names, datatypes,
 * shapes, byte lengths, and that every FP32 value is finite. Throws AppError `encoder-protocol-error`, with what is wrong
 * as its cause. Assumes a little-endian machine, as raw tensors are little endian and Node's own releases are.
 */
export function readInferResponse(
  response: inference.ModelInferResponse,
  expected: ExpectedResponse,
): readonly EncoderOutput[] {
  const { spec, outputs, batchSize } = expected;
  checkHead(response, expected);
  const floats = (name: OutputName): readonly Float32Array[] =>
    split(readFloats(rawOutput(response, expected, name), name), batchSize);
  const has = (name: OutputName): boolean => outputs.includes(name);
  const cls = has('cls') ? floats('cls') : undefined;
  const means = has('patch_mean') ? floats('patch_mean') : undefined;
  const tokens = has('patch_tokens')
    ? split(readHalves(rawOutput(response, { spec, outputs, batchSize }, 'patch_tokens')), batchSize)
    : undefined;
  return Array.from({ length: batchSize }, (_, index) => ({
    ...(cls === undefined ? {} : { clsToken: cls[index]! }),
    ...(means === undefined ? {} : { patchMean: means[index]! }),
    ...(tokens === undefined ? {} : { patchTokens: tokens[index]! }),
  }));
}

function checkHead(response: inference.ModelInferResponse, { spec, outputs }: ExpectedResponse): void {
  const { modelName, modelVersion, outputs: given, rawOutputContents } = response;
  if (modelName !== spec.name) throw wrong(`model ${quote(modelName)}, expected ${quote(spec.name)}`);
  if (modelVersion !== spec.version) {
    throw wrong(`version ${quote(modelVersion)}, expected ${quote(spec.version)}`);
  }
  const names = given.map((output) => output.name ?? '');
  if (names.length !== outputs.length || outputs.some((name) => !names.includes(name))) {
    throw wrong(`outputs [${names.join(', ')}], expected [${outputs.join(', ')}]`);
  }
  if (rawOutputContents.length !== given.length) {
    throw wrong(`${rawOutputContents.length} raw tensors for ${given.length} outputs`);
  }
}

/** The bytes of an output, after its datatype, shape and length have been checked. */
function rawOutput(
  response: inference.ModelInferResponse,
  { spec, batchSize }: ExpectedResponse,
  name: OutputName,
): Uint8Array {
  const index = response.outputs.findIndex((output) => output.name === name);
  const { datatype, shape } = response.outputs[index]!;
  const raw = response.rawOutputContents[index]!;
  const contract = outputTensor(spec, name);
  const wanted = [batchSize, ...contract.dims];
  if (datatype !== contract.datatype) {
    throw wrong(`output ${name}: datatype ${quote(datatype)}, expected ${contract.datatype}`);
  }
  if (String(shape) !== String(wanted)) {
    throw wrong(`output ${name}: shape [${String(shape)}], expected [${String(wanted)}]`);
  }
  const byteLength = elementCount(wanted) * (contract.datatype === 'FP16' ? 2 : 4);
  if (raw.byteLength !== byteLength) {
    throw wrong(`output ${name}: ${raw.byteLength} bytes, expected ${byteLength}`);
  }
  return raw;
}

function readFloats(raw: Uint8Array, name: OutputName): Float32Array {
  const values = new Float32Array(raw.byteLength / 4);
  new Uint8Array(values.buffer).set(raw);
  if (!values.every(Number.isFinite)) throw wrong(`output ${name}: a value is not finite`);
  return values;
}

/** A view where a Uint16Array may lie, which wants an even address; a copy otherwise. */
function readHalves(raw: Uint8Array): Uint16Array {
  const { buffer, byteOffset, byteLength } = raw.byteOffset % 2 === 0 ? raw : Uint8Array.from(raw);
  return new Uint16Array(buffer, byteOffset, byteLength / 2);
}

/** `count` equal parts, as views. */
function split<T extends Float32Array | Uint16Array>(values: T, count: number): readonly T[] {
  const size = values.length / count;
  return Array.from({ length: count }, (_, index) => values.subarray(index * size, (index + 1) * size) as T);
}

const quote = (text: string | null | undefined): string => `'${text ?? ''}'`;

const wrong = (what: string): AppError =>
  new AppError('encoder-protocol-error', 'The encoder gave an answer of the wrong form.', {
    cause: new Error(`bad encoder reply: ${what}`),
  });
