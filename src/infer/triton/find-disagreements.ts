import type { ModelSpec } from '#src/domain/model-spec.ts';
import { inference } from './gen/protocol.js';
import { inputTensor, outputTensor, type TensorContract } from './tensor-contract.ts';

/** Parameters of a ModelConfig with which a model announces what it is. */
export const announcements = {
  weightsDigest: 'tessera.weights_digest',
  engine: 'tessera.engine',
  precision: 'tessera.precision',
} as const;

/**
 * Where a server's model differs from its spec: one sentence each, naming what was found and what was expected; none means
 * that it may be used. Outputs beyond the contract are no disagreement, since outputs are asked for by name; inputs are.
 * @param mayBeUnproven for the one who is about to prove an engine.
 */
export function findDisagreements(
  spec: ModelSpec,
  metadata: inference.ModelMetadataResponse,
  config: inference.ModelConfig,
  mayBeUnproven = false,
): readonly string[] {
  return [
    ...differs('model name', metadata.name, spec.name),
    ...(metadata.versions.includes(spec.version)
      ? []
      : [`versions [${metadata.versions.join(', ')}], expected ${spec.version} among them`]),
    ...compareTensors(spec, 'metadata', readMetadata(metadata)),
    ...compareTensors(spec, 'config', readConfig(config)),
    ...differs('max_batch_size', config.maxBatchSize, spec.maxBatchSize),
    ...differs('decoupled', config.modelTransactionPolicy?.decoupled ?? false, false),
    ...compareAnnouncements(spec, config),
    ...(mayBeUnproven ? [] : findMissingProof(config)),
  ];
}

interface TensorLists {
  readonly inputs: readonly TensorFound[];
  readonly outputs: readonly TensorFound[];
}
interface TensorFound {
  readonly name: string;
  readonly datatype: string;
  /** Without the batch. */
  readonly dims: readonly number[];
}

function compareTensors(spec: ModelSpec, source: string, found: TensorLists): readonly string[] {
  const input = inputTensor(spec);
  return [
    ...compareTensor(`${source}: input`, input, found.inputs),
    ...found.inputs
      .filter(({ name }) => name !== input.name)
      .map(({ name }) => `${source}: input '${name}' is not in the spec`),
    ...spec.outputs.flatMap((name) =>
      compareTensor(`${source}: output`, outputTensor(spec, name), found.outputs),
    ),
  ];
}

function compareTensor(
  kind: string,
  contract: TensorContract,
  tensors: readonly TensorFound[],
): readonly string[] {
  const what = `${kind} '${contract.name}'`;
  const tensor = tensors.find(({ name }) => name === contract.name);
  if (tensor === undefined) {
    return [`${what} is missing; there are [${tensors.map(({ name }) => name).join(', ')}]`];
  }
  return [
    ...differs(`${what}: datatype`, tensor.datatype, contract.datatype),
    ...differs(`${what}: dims`, showDims(tensor.dims), showDims(contract.dims)),
  ];
}

/** Metadata shapes hold the batch as a leading −1; a shape without it is kept whole and so disagrees. */
function readMetadata({ inputs, outputs }: inference.ModelMetadataResponse): TensorLists {
  const read = (tensor: inference.ModelMetadataResponse.TensorMetadata.$Properties): TensorFound => {
    const shape = tensor.shape ?? [];
    return {
      name: tensor.name ?? '',
      datatype: tensor.datatype ?? '',
      dims: shape[0] === -1 ? shape.slice(1) : shape,
    };
  };
  return { inputs: inputs.map(read), outputs: outputs.map(read) };
}

function readConfig({ input, output }: inference.ModelConfig): TensorLists {
  const read = (tensor: inference.ModelOutput.$Properties): TensorFound => ({
    name: tensor.name ?? '',
    datatype: showDataType(tensor.dataType ?? 0),
    dims: tensor.dims ?? [],
  });
  return { inputs: input.map(read), outputs: output.map(read) };
}

function compareAnnouncements(spec: ModelSpec, { parameters }: inference.ModelConfig): readonly string[] {
  const digest = parameters[announcements.weightsDigest]?.stringValue;
  const precision = parameters[announcements.precision]?.stringValue;
  // Engines of other float precisions serve the same embedding space, INT8 is a space of its own (architecture, 6).
  const isOtherSpace = precision != null && (precision === 'int8') !== (spec.precision === 'int8');
  return [
    ...(digest == null ? [] : differs(announcements.weightsDigest, digest, spec.weightsDigest)),
    ...(isOtherSpace ? differs(announcements.precision, precision, spec.precision) : []),
  ];
}

/** A TensorRT engine announces its weights once it has been compared with them (architecture, 6): without that it is not used. */
function findMissingProof({ platform, backend, parameters }: inference.ModelConfig): readonly string[] {
  const isTensorRt = platform === 'tensorrt_plan' || backend === 'tensorrt';
  if (!isTensorRt || parameters[announcements.weightsDigest]?.stringValue != null) return [];
  return ['the engine has no proof of parity (tessera models verify --write-parity)'];
}

function differs<T extends string | number | boolean>(
  what: string,
  found: T,
  expected: T,
): readonly string[] {
  return found === expected ? [] : [`${what} ${found}, expected ${expected}`];
}

/** `FP32` for TYPE_FP32; the number where a newer server knows types that we do not. */
const showDataType = (type: number): string => inference.DataType[type]?.replace('TYPE_', '') ?? `${type}`;
const showDims = (dims: readonly number[]): string => `[${dims.join(', ')}]`;
