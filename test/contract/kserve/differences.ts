/** A place where the embedded encoder and Triton with the Python backend answer differently, and why that may be. */
export interface Difference {
  /** Path in the observations, for example `modelConfig/backend`. */
  readonly path: string;
  readonly reason: string;
}

const because = (reason: string, paths: readonly string[]): readonly Difference[] =>
  paths.map((path) => ({ path, reason }));

/** Complete: the suite fails on a difference that is not here, and on an entry that is none any more. */
export const differences: readonly Difference[] = [
  ...because('Two programs, each under its own name and version.', [
    'serverMetadata/name',
    'serverMetadata/version',
  ]),
  ...because(
    'The embedded encoder announces what it has: no shared memory, classification, sequences, priorities, tracing or log ' +
      'settings, no request parameters, no ensembles whose parts could be unloaded together; and binary_tensor_data is a matter of HTTP.',
    [
      'serverMetadata/extensions/binary_tensor_data',
      'serverMetadata/extensions/classification',
      'serverMetadata/extensions/cuda_shared_memory',
      'serverMetadata/extensions/logging',
      'serverMetadata/extensions/model_repository(unload_dependents)',
      'serverMetadata/extensions/parameters',
      'serverMetadata/extensions/schedule_policy',
      'serverMetadata/extensions/sequence',
      'serverMetadata/extensions/system_shared_memory',
      'serverMetadata/extensions/trace',
    ],
  ),
  ...because(
    'This Triton has no ONNX Runtime backend: its repository holds a model.py that runs the same file.',
    [
      'modelConfig/backend',
      'modelConfig/defaultModelFilename',
      'modelConfig/parameters/inter_op_thread_count/stringValue',
      'modelConfig/parameters/intra_op_thread_count/stringValue',
      'modelConfig/platform',
      'modelMetadata/platform',
    ],
  ),
  ...because('The embedded encoder announces its worker processes as instances; config.pbtxt says one.', [
    'modelConfig/instanceGroup/0/count',
  ]),
  ...because(
    'Defaults that Triton fills in for GPUs and for its batcher; the embedded encoder answers the file.',
    [
      'modelConfig/dynamicBatching/preferredBatchSize/0',
      'modelConfig/optimization/inputPinnedMemory/enable',
      'modelConfig/optimization/outputPinnedMemory/enable',
    ],
  ),
  ...because(
    'grpc.health.v1 asks for NOT_FOUND on a service that the server does not know; Triton ignores the name.',
    [
      'health/unknownService/code',
      'health/unknownService/status',
      'unloaded/health/unknownService/code',
      'unloaded/health/unknownService/status',
    ],
  ),
  ...because(
    'Triton (strict readiness) is not ready while any model of the repository is unloaded. The embedded encoder is: an ' +
      'operator who unloads one model must not take the others out of service.',
    ['unloaded/serverReady', 'unloaded/health/server/status'],
  ),
  ...because(
    'Triton marks the last reply of a decoupled model; ours give one reply a request, so the mark says nothing.',
    ['stream/0/parameters/triton_final_response/boolParam'],
  ),
  ...because('In the failed reply of a stream the embedded encoder names the model as well as the id.', [
    'stream/1/modelName',
  ]),
  ...because('The same status, other words; nothing may depend on them.', [
    'errors/infer-batch-of-zero/details',
    'errors/infer-negative-dimension/details',
    'errors/load-broken-config/details',
  ]),
];
