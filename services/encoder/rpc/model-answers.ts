import { inference } from '#src/infer/triton/gen/protocol.js';
import type { ModelDefinition, TensorSpec } from '../repository/model-definition.ts';
import type { ModelRepository } from '../repository/model-repository.ts';
import type { ServedModel } from '../scheduling/served-model.ts';
import { invalidArgument } from './status-error.ts';

type Tensors = inference.ModelMetadataResponse.TensorMetadata.$Properties[];

const tensorMetadata = (definition: ModelDefinition, tensors: readonly TensorSpec[]): Tensors =>
  tensors.map(({ name, datatype, dims }) => ({
    name,
    datatype: datatype.kserve,
    shape: definition.maxBatchSize > 0 ? [-1, ...dims] : [...dims],
  }));

/** ModelMetadata of a ready model. */
export function answerModelMetadata(
  repository: ModelRepository,
  { name, version }: inference.ModelMetadataRequest,
): inference.ModelMetadataResponse.$Properties {
  const { definition } = repository.resolve(name, version);
  const { platform } = definition.config;
  return {
    name: definition.name,
    versions: repository.ready(name).map((model) => model.definition.version),
    platform: platform === '' ? 'onnxruntime_onnx' : platform,
    inputs: tensorMetadata(definition, definition.inputs),
    outputs: tensorMetadata(definition, definition.outputs),
  };
}

/** ModelConfig of a ready model: as its file says, except for the instances, which are the worker processes. */
export function answerModelConfig(
  repository: ModelRepository,
  instances: number,
  { name, version }: inference.ModelConfigRequest,
): inference.ModelConfigResponse.$Properties {
  const { definition } = repository.resolve(name, version);
  const [group] = definition.config.instanceGroup;
  const instanceGroup = [{ ...group, name: group?.name || `${definition.name}_0`, count: instances }];
  return {
    config: Object.assign(new inference.ModelConfig(definition.config), {
      name: definition.name,
      instanceGroup,
    }),
  };
}

function statisticsOf({ definition, statistics }: ServedModel): inference.ModelStatistics.$Properties {
  return { name: definition.name, version: definition.version, ...statistics.snapshot() };
}

/** ModelStatistics of one version, of one model or of all. Triton answers INVALID_ARGUMENT, not NOT_FOUND, for unknown ones. */
export function answerModelStatistics(
  repository: ModelRepository,
  { name, version }: inference.ModelStatisticsRequest,
): inference.ModelStatisticsResponse.$Properties {
  if (name === '') return { modelStats: repository.ready().map(statisticsOf) };
  const models = repository.ready(name);
  if (models.length === 0) throw invalidArgument(`requested model '${name}' is not available`);
  const wanted = models.filter(({ definition }) => version === '' || definition.version === version);
  if (wanted.length === 0) {
    throw invalidArgument(`requested model version is not available for model '${name}'`);
  }
  return { modelStats: wanted.map(statisticsOf) };
}
