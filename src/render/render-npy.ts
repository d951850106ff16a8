import { concatBytes } from './concat-bytes.ts';

/** Element types that are written here, by their NumPy descriptor; all little endian, as Node's platforms are. */
export type NpyDescriptor = '<f2' | '<f4';

/** Bytes before the header's length field: magic, version 1.0, and the field itself (NumPy's format specification, NEP 1). */
const prefixLength = 10;
/** The data begin at a multiple of this, so that a reader may map the file. */
const alignment = 64;

/** Python's tuple: `(3,)` for one axis, `(3, 192)` for more. */
const shapeText = (shape: readonly number[]): string =>
  shape.length === 1 ? `(${shape[0]!},)` : `(${shape.join(', ')})`;

/**
 * One array as an NPY 1.0 file, C order.
 * @param values the elements' bytes, row-major; as many as `shape` says.
 */
export function renderNpy(
  descriptor: NpyDescriptor,
  shape: readonly number[],
  values: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const dictionary = `{'descr': '${descriptor}', 'fortran_order': False, 'shape': ${shapeText(shape)}, }`;
  const unpadded = prefixLength + dictionary.length + 1;
  const padding = (alignment - (unpadded % alignment)) % alignment;
  const header = new TextEncoder().encode(`${dictionary}${' '.repeat(padding)}\n`);
  const prefix = Uint8Array.of(
    0x93,
    0x4e,
    0x55,
    0x4d,
    0x50,
    0x59,
    1,
    0,
    header.length & 0xff,
    header.length >> 8,
  );
  return concatBytes([prefix, header, values]);
}
