import type { OutputName } from '#src/domain/encoder-output.ts';
import { patchGrid, type ModelSpec } from '#src/domain/model-spec.ts';
import { renderTextProto, type TextMessage, type TextScalar, type TextValue } from './text-proto.ts';

/**
 * What serves the model: `onnxruntime` for the embedded encoder and Triton's ONNX Runtime backend, `python` for a Triton
 * that has only the Python backend, `tensorrt` for Triton with an engine.
 */
export type RepositoryTarget = 'onnxruntime' | 'python' | 'tensorrt';

export interface ConfigOptions {
  /** Copies of the model that run side by side; 1 unless told, since a copy on a CPU takes a core. */
  readonly instances?: number;
  /** How long the server may hold a request to fill a batch; 0 unless told: the gateway has batched already. */
  readonly maxQueueDelayUs?: number;
  /** Requests that may wait; more are refused at once, so that back-pressure reaches the caller. */
  readonly maxQueueSize?: number;
  /** Precision in which the target computes, when it is not that of the spec (an FP16 engine of FP32 weights). */
  readonly precision?: ModelSpec['precision'];
}

const targets = {
  onnxruntime: {
    backend: 'onnxruntime',
    platform: 'onnxruntime_onnx',
    engine: 'onnxruntime-cpu',
    file: 'model.onnx',
    kind: 'KIND_CPU',
    // One thread an instance: several single-threaded instances outrun one with several threads on a CPU.
    parameters: { intra_op_thread_count: '1', inter_op_thread_count: '1' },
  },
  python: {
    backend: 'python',
    platform: undefined,
    engine: 'onnxruntime-cpu',
    file: 'model.py',
    kind: 'KIND_CPU',
    parameters: {},
  },
  tensorrt: {
    backend: 'tensorrt',
    platform: 'tensorrt_plan',
    engine: 'tensorrt',
    file: 'model.plan',
    kind: 'KIND_GPU',
    parameters: {},
  },
} as const;

/** 128 waiting requests are four full batches of 32 when every request brings one image: about 2 s on one core. */
const defaultMaxQueueSize = 128;

const scalar = (value: TextScalar): TextValue => ({ scalar: value });
const enumValue = (enumName: string): TextValue => ({ scalar: { enumName } });

/**
 * The `config.pbtxt` of a model for a target, rendered from its spec (fields: proto/inference/model_config.proto).
 * The `tessera.*` parameters are what the gateway reads back through ModelConfig and compares with the spec.
 */
export function renderConfigPbtxt(
  spec: ModelSpec,
  target: RepositoryTarget,
  options: ConfigOptions = {},
): string {
  const row = targets[target];
  const config: TextMessage = [
    ['name', scalar(spec.name)],
    ...(row.platform === undefined ? [] : [['platform', scalar(row.platform)] as const]),
    ['backend', scalar(row.backend)],
    ['default_model_filename', scalar(row.file)],
    [
      'version_policy',
      { message: [['specific', { message: [['versions', { scalars: [Number(spec.version)] }]] }]] },
    ],
    ['max_batch_size', scalar(spec.maxBatchSize)],
    ['input', { message: inputTensor(spec) }],
    ['output', { messages: outputTensors(spec) }],
    ['instance_group', { message: instanceGroup(row.kind, options) }],
    ['dynamic_batching', { message: dynamicBatching(options) }],
    ['parameters', { messages: parameters(spec, target, options) }],
  ];
  return `# Rendered from spec.json by triton-models/build-repository.ts. Do not edit.\n${renderTextProto(config)}`;
}

function inputTensor(spec: ModelSpec): TextMessage {
  const { name, channels, height, width } = spec.input;
  return [
    ['name', scalar(name)],
    ['data_type', enumValue('TYPE_UINT8')],
    ['format', enumValue('FORMAT_NCHW')],
    ['dims', { scalars: [channels, height, width] }],
  ];
}

function outputTensors(spec: ModelSpec): readonly TextMessage[] {
  const { rows, columns } = patchGrid(spec);
  const forms: Record<OutputName, readonly [type: string, dims: readonly number[]]> = {
    cls: ['TYPE_FP32', [spec.dimension]],
    patch_mean: ['TYPE_FP32', [spec.dimension]],
    patch_tokens: ['TYPE_FP16', [rows * columns, spec.dimension]],
  };
  return spec.outputs.map((name) => {
    const [type, dims] = forms[name];
    return [
      ['name', scalar(name)],
      ['data_type', enumValue(type)],
      ['dims', { scalars: dims }],
    ];
  });
}

function instanceGroup(kind: string, { instances = 1 }: ConfigOptions): TextMessage {
  return [
    ['count', scalar(instances)],
    ['kind', enumValue(kind)],
  ];
}

function dynamicBatching(options: ConfigOptions): TextMessage {
  const { maxQueueDelayUs = 0, maxQueueSize = defaultMaxQueueSize } = options;
  const queuePolicy: TextMessage = [
    ['timeout_action', enumValue('REJECT')],
    ['allow_timeout_override', scalar(true)],
    ['max_queue_size', scalar(maxQueueSize)],
  ];
  return [
    ['max_queue_delay_microseconds', scalar(maxQueueDelayUs)],
    ['default_queue_policy', { message: queuePolicy }],
  ];
}

function parameters(
  spec: ModelSpec,
  target: RepositoryTarget,
  options: ConfigOptions,
): readonly TextMessage[] {
  const row = targets[target];
  const entries = {
    ...row.parameters,
    'tessera.engine': row.engine,
    'tessera.precision': options.precision ?? spec.precision,
    // An engine announces the weights when it has been compared with them, see parity-proof.ts.
    ...(target === 'tensorrt' ? {} : { 'tessera.weights_digest': spec.weightsDigest }),
  };
  return Object.entries(entries).map(([key, value]) => [
    ['key', scalar(key)],
    ['value', { message: [['string_value', scalar(value)]] }],
  ]);
}
