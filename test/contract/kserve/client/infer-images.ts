import { inferenceService } from '#src/infer/triton/service-definition.ts';
import type { InferRequest } from '#src/infer/triton/raw-contents.ts';
import type { KserveClient } from './kserve-client.ts';

/** A request for one batch; all the outputs when `outputs` is empty. */
export function inferRequest(
  modelName: string,
  images: readonly Uint8Array[],
  size: number,
  outputs: readonly string[] = [],
): InferRequest {
  return {
    modelName,
    inputs: [{ name: 'image', datatype: 'UINT8', shape: [images.length, 3, size, size] }],
    outputs: outputs.map((name) => ({ name })),
    rawInputContents: [images],
  };
}

export interface OutputTensor {
  readonly datatype: string;
  readonly shape: readonly number[];
  /** Values as numbers, FP16 widened. */
  readonly values: Float32Array;
}

/** The tensors of a reply, as loose as the generated types are. */
interface TensorReply {
  readonly outputs?:
    readonly { name?: string | null; datatype?: string | null; shape?: readonly number[] | null }[] | null;
  readonly rawOutputContents?: readonly Uint8Array[] | null;
}

/** Sends a batch and reads the outputs by name, in the order of the reply. */
export async function inferImages(
  client: KserveClient,
  modelName: string,
  images: readonly Uint8Array[],
  size: number,
  outputs: readonly string[] = [],
): Promise<ReadonlyMap<string, OutputTensor>> {
  const request = inferRequest(modelName, images, size, outputs);
  return readOutputs(await client.call(inferenceService.modelInfer, request));
}

/** The outputs of a reply by name; throws when there is not one raw entry for each. */
export function readOutputs(reply: TensorReply): ReadonlyMap<string, OutputTensor> {
  const outputs = reply.outputs ?? [];
  const contents = reply.rawOutputContents ?? [];
  if (outputs.length !== contents.length) {
    throw new Error(`${outputs.length} outputs with ${contents.length} raw entries`);
  }
  return new Map(
    outputs.map(({ name, datatype, shape }, index) => [
      name ?? '',
      {
        datatype: datatype ?? '',
        shape: [...(shape ?? [])],
        values: readValues(datatype ?? '', contents[index]!),
      },
    ]),
  );
}

function readValues(datatype: string, raw: Uint8Array): Float32Array {
  // A copy of its own: a view into the message need not start at a multiple of the element size.
  const buffer = new Uint8Array(raw).buffer;
  if (datatype === 'FP32') return new Float32Array(buffer);
  if (datatype === 'FP16') return Float32Array.from(new Float16Array(buffer));
  throw new Error(`unexpected datatype ${datatype}`);
}
