import type { OutputName } from '#src/domain/encoder-output.ts';
import { patchGrid, type ModelSpec } from '#src/domain/model-spec.ts';

/** A tensor as a server describes it: KServe datatype, and its dimensions without the batch. */
export interface TensorContract {
  readonly name: string;
  readonly datatype: 'UINT8' | 'FP16' | 'FP32';
  readonly dims: readonly number[];
}

/** The only input: UINT8, C×H×W. */
export function inputTensor({ input }: ModelSpec): TensorContract {
  return { name: input.name, datatype: 'UINT8', dims: [input.channels, input.height, input.width] };
}

/** The named output, of those that the spec has: D values, or N×D half floats for the patch tokens. */
export function outputTensor(spec: ModelSpec, name: OutputName): TensorContract {
  if (name !== 'patch_tokens') return { name, datatype: 'FP32', dims: [spec.dimension] };
  const { rows, columns } = patchGrid(spec);
  return { name, datatype: 'FP16', dims: [rows * columns, spec.dimension] };
}

/** Number of elements: the product of the dimensions. */
export function elementCount(dims: readonly number[]): number {
  return dims.reduce((product, length) => product * length, 1);
}
