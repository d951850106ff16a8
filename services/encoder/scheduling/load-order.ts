import type { TensorSpec } from '../repository/model-definition.ts';
import type { WorkerOrder, WorkerTensor } from '../worker/worker-protocol.ts';
import type { ServedModel } from './served-model.ts';

const workerTensor = ({ name, datatype, dims }: TensorSpec): WorkerTensor => ({
  name,
  type: datatype.onnx,
  dims,
});

/** What a worker must know to load a model. @param rowsPerRun rows that one run may compute. */
export function loadOrder(
  { key, definition }: ServedModel,
  rowsPerRun: number,
): Extract<WorkerOrder, { op: 'load' }> {
  return {
    op: 'load',
    key,
    path: definition.onnxPath,
    isBatched: definition.maxBatchSize > 0,
    rowsPerRun,
    inputs: definition.inputs.map(workerTensor),
    outputs: definition.outputs.map(workerTensor),
  };
}
