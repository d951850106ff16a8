import { inference } from '#src/infer/triton/gen/protocol.js';

/** A tensor element type in the three languages spoken here. */
export interface Datatype {
  /** KServe name, as in ModelMetadata. */
  readonly kserve: string;
  /** ONNX Runtime name. */
  readonly onnx: string;
  readonly bytes: number;
}

const { DataType } = inference;
const row = (kserve: string, onnx: string, bytes: number): Datatype => ({ kserve, onnx, bytes });

/** Fixed-size types only: strings and BF16 do not occur in image encoders, and onnxruntime-node has no BF16. */
const datatypes: ReadonlyMap<inference.DataType, Datatype> = new Map([
  [DataType.TYPE_BOOL, row('BOOL', 'bool', 1)],
  [DataType.TYPE_UINT8, row('UINT8', 'uint8', 1)],
  [DataType.TYPE_UINT16, row('UINT16', 'uint16', 2)],
  [DataType.TYPE_UINT32, row('UINT32', 'uint32', 4)],
  [DataType.TYPE_UINT64, row('UINT64', 'uint64', 8)],
  [DataType.TYPE_INT8, row('INT8', 'int8', 1)],
  [DataType.TYPE_INT16, row('INT16', 'int16', 2)],
  [DataType.TYPE_INT32, row('INT32', 'int32', 4)],
  [DataType.TYPE_INT64, row('INT64', 'int64', 8)],
  [DataType.TYPE_FP16, row('FP16', 'float16', 2)],
  [DataType.TYPE_FP32, row('FP32', 'float32', 4)],
  [DataType.TYPE_FP64, row('FP64', 'float64', 8)],
]);

/** The type of a tensor in a model configuration; undefined where it cannot be served. */
export function datatypeOf(type: inference.DataType | null | undefined): Datatype | undefined {
  return datatypes.get(type ?? DataType.TYPE_INVALID);
}

const names = new Set([...datatypes.values()].map((datatype) => datatype.kserve));

/** Triton shows a type name that it does not know as `<invalid>`. */
export function shownDatatype(name: string): string {
  return names.has(name) || name === 'BYTES' || name === 'BF16' ? name : '<invalid>';
}
