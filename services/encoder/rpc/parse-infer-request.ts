import type { inference } from '#src/infer/triton/gen/protocol.js';
import { shownDatatype } from '../datatypes.ts';
import type { ModelDefinition, TensorSpec } from '../repository/model-definition.ts';
import { invalidArgument } from './status-error.ts';

/** A ModelInferRequest that agrees with its model. */
export interface InferTask {
  /** Images, or 1 for a model without a batch dimension. */
  readonly rows: number;
  /** Raw bytes, one entry for each input in the order of the configuration: views of the received message. */
  readonly inputs: readonly Uint8Array[];
  /** Shapes of the inputs without the batch dimension, in the same order. */
  readonly dims: readonly (readonly number[])[];
  /** What is asked for, in the order of the configuration. */
  readonly outputs: readonly TensorSpec[];
  /** The request's own limit of its time in the queue, where the policy lets it have one. */
  readonly timeoutMs: number | undefined;
}

type Request = inference.ModelInferRequest;
type InputTensor = inference.ModelInferRequest.InferInputTensor.$Properties;

interface GivenInput {
  readonly shape: readonly number[];
  readonly datatype: string;
  readonly bytes: Uint8Array;
}

const shapeNote =
  'NOTE: Setting a non-zero max_batch_size in the model config requires a batch dimension to be prepended to each ' +
  'input shape. If you want to specify the full shape including the batch dim in your input dims config, try ' +
  'setting max_batch_size to zero. See the model configuration docs for more info on max_batch_size.';

const idOf = (request: Request): string =>
  `[request id: ${request.id === '' ? '<id_unknown>' : request.id}] `;
const listed = (values: readonly number[]): string => `[${values.join(',')}]`;
const quoted = (names: readonly string[]): string => `[${names.map((name) => `'${name}'`).join(',')}]`;

/** The bytes of one input. Typed contents and shared memory are refused: raw tensors are the contract. */
function bytesOf(request: Request, model: ModelDefinition, tensor: InputTensor, index: number): Uint8Array {
  const of = `'${tensor.name ?? ''}' for model '${model.name}'`;
  const raw = request.rawInputContents;
  const hasContents = tensor.contents !== undefined && tensor.contents !== null;
  if (tensor.parameters?.shared_memory_region !== undefined) {
    throw invalidArgument(`shared memory is not supported: send raw_input_contents for ${of}`);
  }
  if (hasContents && raw.length > 0) {
    throw invalidArgument(`contents field must not be specified when using raw_input_contents for ${of}`);
  }
  if (hasContents)
    throw invalidArgument(`typed contents are not supported: send raw_input_contents for ${of}`);
  const bytes = raw[index];
  if (bytes === undefined) throw invalidArgument(`unable to find data for input tensor ${of} in request.`);
  return bytes;
}

function collectInputs(request: Request, model: ModelDefinition): ReadonlyMap<string, GivenInput> {
  const given = new Map<string, GivenInput>();
  request.inputs.forEach((tensor, index) => {
    const name = tensor.name ?? '';
    if (given.has(name)) throw invalidArgument(`${idOf(request)}input '${name}' already exists in request`);
    if (!model.inputs.some((input) => input.name === name)) {
      throw invalidArgument(`unexpected inference input '${name}' for model '${model.name}'`);
    }
    const bytes = bytesOf(request, model, tensor, index);
    given.set(name, { shape: tensor.shape ?? [], datatype: tensor.datatype ?? '', bytes });
  });
  if (request.rawInputContents.length > request.inputs.length) {
    throw invalidArgument(
      `expected ${request.inputs.length} raw_input_contents but got ${request.rawInputContents.length} for model '${model.name}'`,
    );
  }
  return given;
}

function checkComplete(
  request: Request,
  model: ModelDefinition,
  given: ReadonlyMap<string, GivenInput>,
): void {
  const missing = model.inputs.map(({ name }) => name).filter((name) => !given.has(name));
  if (missing.length === 0) return;
  throw invalidArgument(
    `${idOf(request)}expected ${model.inputs.length} inputs but got ${given.size} inputs for model '${model.name}'. ` +
      `Got input(s) ${quoted([...given.keys()])}, but missing required input(s) ${quoted(missing)}. ` +
      'Please provide all required input(s).',
  );
}

function requestedOutputs(request: Request, model: ModelDefinition): readonly TensorSpec[] {
  if (request.outputs.length === 0) return model.outputs;
  const names = new Set(request.outputs.map((output) => output.name ?? ''));
  for (const name of names) {
    if (!model.outputs.some((output) => output.name === name)) {
      throw invalidArgument(`unexpected inference output '${name}' for model '${model.name}'`);
    }
  }
  return model.outputs.filter((output) => names.has(output.name));
}

/** Checks one input against its spec. @returns its shape without the batch dimension. */
function checkInput(
  request: Request,
  model: ModelDefinition,
  spec: TensorSpec,
  input: GivenInput,
  rows: number,
): readonly number[] {
  const isBatched = model.maxBatchSize > 0;
  const of = `'${spec.name}' for model '${model.name}'`;
  if (input.datatype !== spec.datatype.kserve) {
    throw invalidArgument(
      `${idOf(request)}inference input '${spec.name}' data-type is '${shownDatatype(input.datatype)}', ` +
        `but model '${model.name}' expects '${spec.datatype.kserve}'`,
    );
  }
  const dims = isBatched ? input.shape.slice(1) : input.shape;
  const isBatchRight = !isBatched || (input.shape[0] === rows && rows >= 1);
  const isRight =
    dims.length === spec.dims.length &&
    dims.every((dim, axis) => dim >= 1 && (spec.dims[axis] === -1 || dim === spec.dims[axis]));
  if (!isBatchRight || !isRight) {
    const expected = isBatched ? [-1, ...spec.dims] : spec.dims;
    throw invalidArgument(
      `${idOf(request)}unexpected shape for input ${of}. Expected ${listed(expected)}, got ${listed(input.shape)}. ` +
        (isBatched ? shapeNote : ''),
    );
  }
  const expectedBytes = dims.reduce((product, dim) => product * dim, rows * spec.datatype.bytes);
  if (input.bytes.byteLength !== expectedBytes) {
    throw invalidArgument(
      `${idOf(request)}input byte size mismatch for input ${of}. Expected ${expectedBytes}, got ${input.bytes.byteLength}`,
    );
  }
  return dims;
}

/** A request parameter of the schedule_policy extension: microseconds, 0 or absent for none. */
function timeoutOf(request: Request, model: ModelDefinition): number | undefined {
  const value = request.parameters.timeout;
  const micros = value?.int64Param ?? value?.uint64Param ?? 0;
  return model.batching.mayOverrideTimeout && micros > 0 ? micros / 1000 : undefined;
}

/** Checks a request against its model. Throws StatusError INVALID_ARGUMENT in Triton's words. */
export function parseInferRequest(request: Request, model: ModelDefinition): InferTask {
  const given = collectInputs(request, model);
  const outputs = requestedOutputs(request, model);
  checkComplete(request, model, given);
  const inputs = model.inputs.map((spec) => ({ spec, input: given.get(spec.name)! }));
  const rows = model.maxBatchSize > 0 ? (inputs[0]!.input.shape[0] ?? 0) : 1;
  if (model.maxBatchSize > 0 && rows > model.maxBatchSize) {
    throw invalidArgument(
      `${idOf(request)}inference request batch-size must be <= ${model.maxBatchSize} for '${model.name}'`,
    );
  }
  return {
    rows,
    dims: inputs.map(({ spec, input }) => checkInput(request, model, spec, input, rows)),
    inputs: inputs.map(({ input }) => input.bytes),
    outputs,
    timeoutMs: timeoutOf(request, model),
  };
}
