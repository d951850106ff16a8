import { z } from 'zod';

const types = { F32: Float32Array, F16: Float16Array } as const;
const entrySchema = z.strictObject({
  dtype: z.enum(['F32', 'F16']),
  shape: z.array(z.int().nonnegative()),
  data_offsets: z.tuple([z.int().nonnegative(), z.int().nonnegative()]),
});
const headerSchema = z.record(z.string(), z.unknown());
const metadataSchema = z.record(z.string(), z.string());

export interface FloatTensor {
  readonly dtype: keyof typeof types;
  readonly shape: readonly number[];
  /** Row-major. Half floats are widened. */
  readonly values: Float32Array;
}

export interface FloatTensors {
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: ReadonlyMap<string, FloatTensor>;
}

function readTensor(
  data: Uint8Array,
  { dtype, shape, data_offsets }: z.output<typeof entrySchema>,
): FloatTensor {
  const [from, to] = data_offsets;
  const type = types[dtype];
  const count = shape.reduce((product, size) => product * size, 1);
  if (to - from !== count * type.BYTES_PER_ELEMENT) throw new Error('the bytes do not fit the shape');
  // A copy: the place in the file need not be aligned.
  const values = new type(Uint8Array.from(data.subarray(from, to)).buffer);
  return { dtype, shape, values: Float32Array.from(values) };
}

/**
 * The tensors of a safetensors file (format: an 8-byte little-endian length, a JSON header, the data), which must be floats and own
 * every byte of the data once. Throws on anything else.
 */
export function readSafetensors(file: Uint8Array): FloatTensors {
  const headerLength = Number(new DataView(file.buffer, file.byteOffset, file.length).getBigUint64(0, true));
  if (headerLength > file.length - 8) throw new Error('the header is longer than the file');
  const text = new TextDecoder('utf-8', { fatal: true }).decode(file.subarray(8, 8 + headerLength));
  const { __metadata__: metadata = {}, ...entries } = headerSchema.parse(JSON.parse(text));
  const data = file.subarray(8 + headerLength);
  const listed = Object.entries(entries)
    .map(([name, entry]) => [name, entrySchema.parse(entry)] as const)
    .sort(([, left], [, right]) => left.data_offsets[0] - right.data_offsets[0]);
  let end = 0;
  for (const [, { data_offsets }] of listed) {
    if (data_offsets[0] !== end) throw new Error('tensors overlap or leave a gap');
    end = data_offsets[1];
  }
  if (end !== data.length) throw new Error('bytes that no tensor owns, or too few');
  return {
    metadata: metadataSchema.parse(metadata),
    tensors: new Map(listed.map(([name, entry]) => [name, readTensor(data, entry)])),
  };
}
