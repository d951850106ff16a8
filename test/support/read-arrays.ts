/** An array as a reader of the file sees it. */
export interface ReadArray {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/** Reads an NPY 1.0 file by NumPy's format specification, written apart from the code that writes them. */
export function readNpy(file: Uint8Array): ReadArray {
  const text = Buffer.from(file).toString('latin1');
  const headerLength = new DataView(file.buffer, file.byteOffset).getUint16(8, true);
  const header = text.slice(10, 10 + headerLength);
  const match = /^\{'descr': '([^']+)', 'fortran_order': False, 'shape': \(([\d, ]*)\), \} *\n$/.exec(header);
  if (!text.startsWith('\x93NUMPY\x01\x00') || match === null || (10 + headerLength) % 64 !== 0) {
    throw new Error(`not NPY 1.0: ${JSON.stringify(header)}`);
  }
  const shape = match[2]!
    .split(',')
    .filter((part) => part.trim() !== '')
    .map(Number);
  return { dtype: match[1]!, shape, bytes: file.slice(10 + headerLength) };
}

export interface ReadTensors {
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: Readonly<Record<string, ReadArray>>;
}

/** Reads a safetensors file by the format's description; refuses gaps and bytes that no tensor owns, as the library does. */
export function readSafetensors(file: Uint8Array): ReadTensors {
  const headerLength = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + headerLength))) as Record<
    string,
    unknown
  >;
  const { __metadata__: metadata, ...entries } = header;
  const data = file.subarray(8 + headerLength);
  let end = 0;
  const tensors = Object.entries(entries).map(([name, entry]) => {
    const { dtype, shape, data_offsets } = entry as {
      dtype: string;
      shape: number[];
      data_offsets: [number, number];
    };
    if (data_offsets[0] !== end) throw new Error(`gap before ${name}`);
    end = data_offsets[1];
    return [name, { dtype, shape, bytes: data.slice(...data_offsets) }] as const;
  });
  if (end !== data.length) throw new Error('bytes that no tensor owns');
  return { metadata: metadata as Record<string, string>, tensors: Object.fromEntries(tensors) };
}

/** The bytes of an array as float32. */
export const asFloat32 = ({ bytes }: ReadArray): Float32Array =>
  new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
