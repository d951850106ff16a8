import { inflateRawSync } from 'node:zlib';

/** One array of unsigned bytes, row-major. */
export interface ByteArray {
  readonly shape: readonly number[];
  readonly values: Uint8Array;
}

const centralEntrySignature = 0x02014b50;
const endSignature = 0x06054b50;
const endRecordBytes = 22;

/** The bytes of each file of a zip, by name (PKWARE APPNOTE 4.3: end record, central directory, local header). No zip64, no encryption. */
export function readZip(zip: Buffer): Map<string, Buffer> {
  const end = zip.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'), zip.length - endRecordBytes);
  if (end < 0 || zip.readUInt32LE(end) !== endSignature) throw new Error('Not a zip file.');
  const files = new Map<string, Buffer>();
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left -= 1) {
    if (zip.readUInt32LE(at) !== centralEntrySignature) throw new Error('The zip directory is damaged.');
    const method = zip.readUInt16LE(at + 10);
    const packedBytes = zip.readUInt32LE(at + 20);
    const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((offset) =>
      zip.readUInt16LE(at + offset),
    ) as [number, number, number];
    const name = zip.toString('utf8', at + 46, at + 46 + nameBytes);
    const local = zip.readUInt32LE(at + 42);
    // The local header repeats the name; its extra field may have another length than the directory's.
    const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
    files.set(name, unpack(zip.subarray(start, start + packedBytes), method));
    at += 46 + nameBytes + extraBytes + commentBytes;
  }
  return files;
}

function unpack(packed: Buffer, method: number): Buffer {
  if (method === 0) return packed;
  if (method === 8) return inflateRawSync(packed);
  throw new Error(`Zip method ${method} is not known.`);
}

/** A `.npy` file of unsigned bytes in C order (NumPy format version 1 or 2). */
export function readNpy(npy: Buffer): ByteArray {
  if (npy.toString('latin1', 0, 6) !== '\x93NUMPY') throw new Error('Not a .npy file.');
  const isFirstVersion = npy[6] === 1;
  const headerBytes = isFirstVersion ? npy.readUInt16LE(8) : npy.readUInt32LE(8);
  const headerStart = isFirstVersion ? 10 : 12;
  const header = npy.toString('latin1', headerStart, headerStart + headerBytes);
  if (!header.includes("'descr': '|u1'") || !header.includes("'fortran_order': False")) {
    throw new Error(`Only C-ordered unsigned bytes are read here: ${header.trim()}`);
  }
  const shape = [.../\(([^)]*)\)/.exec(header)![1]!.matchAll(/\d+/g)].map(([digits]) => Number(digits));
  return { shape, values: npy.subarray(headerStart + headerBytes) };
}

/** The arrays of an `.npz` file by name, without the `.npy` ending. */
export function readNpz(npz: Buffer): Map<string, ByteArray> {
  return new Map([...readZip(npz)].map(([name, npy]) => [name.replace(/\.npy$/, ''), readNpy(npy)]));
}
