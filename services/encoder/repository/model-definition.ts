import { inference } from '#src/infer/triton/gen/protocol.js';
import { datatypeOf, type Datatype } from '../datatypes.ts';

/** One tensor of a model, without its batch dimension. */
export interface TensorSpec {
  readonly name: string;
  readonly datatype: Datatype;
  /** −1 marks a dimension that varies. */
  readonly dims: readonly number[];
}

/** How requests wait and are put together, from `dynamic_batching`. */
export interface BatchingPolicy {
  /** False: requests are run one by one, as Triton does without `dynamic_batching`. */
  readonly isDynamic: boolean;
  readonly maxDelayMs: number;
  /** Ascending. */
  readonly preferredRows: readonly number[];
  /** Requests that may wait; 0: no limit named. */
  readonly maxQueueSize: number;
  /** Time in the queue after which a request is rejected; 0: none. */
  readonly defaultTimeoutMs: number;
  readonly mayOverrideTimeout: boolean;
}

/** One version of a model as the repository describes it. */
export interface ModelDefinition {
  readonly name: string;
  /** Decimal integer: the name of its folder. */
  readonly version: string;
  readonly onnxPath: string;
  readonly onnxBytes: number;
  readonly config: inference.ModelConfig;
  /** 0: the model has no batch dimension. */
  readonly maxBatchSize: number;
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  readonly batching: BatchingPolicy;
}

/** Why a model cannot be served, for the operator: shown in the RepositoryIndex. */
export class ModelConfigError extends Error {
  override readonly name = 'ModelConfigError';
}

interface TensorConfig {
  readonly name?: string | null;
  readonly dataType?: inference.DataType | null;
  readonly dims?: readonly number[] | null;
}

function tensorSpec(tensor: TensorConfig): TensorSpec {
  const name = tensor.name ?? '';
  const datatype = datatypeOf(tensor.dataType);
  const dims = [...(tensor.dims ?? [])];
  if (name === '') throw new ModelConfigError('a tensor has no name');
  if (datatype === undefined) throw new ModelConfigError(`the type of tensor '${name}' cannot be served`);
  if (dims.length === 0) throw new ModelConfigError(`tensor '${name}' has no dims`);
  if (dims.some((dim) => dim !== -1 && dim < 1)) {
    throw new ModelConfigError(`tensor '${name}' has a dim below 1`);
  }
  return { name, datatype, dims };
}

function batchingPolicy(config: inference.ModelConfig): BatchingPolicy {
  const dynamic = config.dynamicBatching;
  const policy = dynamic?.defaultQueuePolicy;
  const rejects = policy?.timeoutAction !== inference.ModelQueuePolicy.TimeoutAction.DELAY;
  return {
    isDynamic: dynamic !== undefined && dynamic !== null && config.maxBatchSize > 1,
    maxDelayMs: (dynamic?.maxQueueDelayMicroseconds ?? 0) / 1000,
    preferredRows: [...(dynamic?.preferredBatchSize ?? [])].sort((a, b) => a - b),
    maxQueueSize: policy?.maxQueueSize ?? 0,
    defaultTimeoutMs: rejects ? (policy?.defaultTimeoutMicroseconds ?? 0) / 1000 : 0,
    mayOverrideTimeout: rejects && (policy?.allowTimeoutOverride ?? false),
  };
}

const isOnnx = (config: inference.ModelConfig): boolean =>
  config.backend === 'onnxruntime' || (config.backend === '' && config.platform === 'onnxruntime_onnx');

/** Reads what the encoder needs out of a configuration. Throws ModelConfigError when it cannot serve it. */
export function defineModel(
  folderName: string,
  config: inference.ModelConfig,
  version: string,
  file: { readonly path: string; readonly bytes: number },
): ModelDefinition {
  if (config.name !== '' && config.name !== folderName) {
    throw new ModelConfigError(`the configuration names '${config.name}', its folder '${folderName}'`);
  }
  if (!isOnnx(config)) throw new ModelConfigError(`backend '${config.backend}' is not served here`);
  if (config.input.length === 0 || config.output.length === 0) {
    throw new ModelConfigError('the configuration names no inputs or no outputs');
  }
  if (config.maxBatchSize < 0) throw new ModelConfigError('max_batch_size is negative');
  return {
    name: folderName,
    version,
    onnxPath: file.path,
    onnxBytes: file.bytes,
    config,
    maxBatchSize: config.maxBatchSize,
    inputs: config.input.map(tensorSpec),
    outputs: config.output.map(tensorSpec),
    batching: batchingPolicy(config),
  };
}

/** What is likely to make one model slower to load and run than another: bytes of weights times elements of input. */
export function modelCost(definition: ModelDefinition): number {
  const elements = definition.inputs.map(({ dims }) =>
    dims.reduce((product, dim) => product * Math.abs(dim), 1),
  );
  return definition.onnxBytes * elements.reduce((sum, each) => sum + each, 0);
}
