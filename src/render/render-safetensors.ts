import { concatBytes } from './concat-bytes.ts';

/** One named tensor; `values` are its bytes, little endian, row-major. */
export interface NamedTensor {
  readonly name: string;
  readonly dtype: 'F16' | 'F32' | 'I32';
  readonly shape: readonly number[];
  readonly values: Uint8Array;
}

/**
 * Tensors in the safetensors format: an 8-byte little-endian header length, a JSON header padded with blanks to a multiple
 * of 8 so that the data are aligned, then the tensors in the order given, without gaps.
 * @param metadata text by text, as the format has it (`__metadata__`).
 */
export function renderSafetensors(
  tensors: readonly NamedTensor[],
  metadata: Readonly<Record<string, string>>,
): Uint8Array<ArrayBuffer> {
  let offset = 0;
  const entries = tensors.map(({ name, dtype, shape, values }) => {
    const begin = offset;
    offset += values.byteLength;
    return [name, { dtype, shape, data_offsets: [begin, offset] }] as const;
  });
  const json = new TextEncoder().encode(
    JSON.stringify({ __metadata__: metadata, ...Object.fromEntries(entries) }),
  );
  const header = new Uint8Array(Math.ceil(json.length / 8) * 8).fill(0x20);
  header.set(json);
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(header.length), true);
  return concatBytes([length, header, ...tensors.map(({ values }) => values)]);
}
