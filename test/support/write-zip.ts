import { crc32, deflateRawSync } from 'node:zlib';

/** One entry of an archive; what is not given is as an honest writer writes it. */
export interface ZipEntry {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** 0 stored, 8 deflated; any other is written stored and declared as that. */
  readonly method?: number;
  readonly isEncrypted?: boolean;
  /** Declared size, where it shall be a lie. */
  readonly declaredBytes?: number;
  /** Declared checksum, where it shall be a lie. */
  readonly crc?: number;
}

/** Little-endian fields, each [value, bytes]. */
function fields(...values: readonly (readonly [value: number, bytes: 2 | 4])[]): Buffer {
  return Buffer.concat(
    values.map(([value, bytes]) => {
      const field = Buffer.alloc(bytes);
      field.writeUIntLE(value, 0, bytes);
      return field;
    }),
  );
}

/** APPNOTE.TXT 4.3.7 (local header), 4.3.12 (directory), 4.3.16 (end). */
function writeEntry(entry: ZipEntry, offset: number): { local: Buffer; directory: Buffer } {
  const { bytes, method = 8 } = entry;
  const packed = method === 8 ? deflateRawSync(bytes) : Buffer.from(bytes);
  const name = Buffer.from(entry.name, 'utf8');
  /** Bit 0: encrypted; bit 11: the name is UTF-8. */
  const flags = (entry.isEncrypted === true ? 1 : 0) | 0x800;
  const common = fields(
    [20, 2],
    [flags, 2],
    [method, 2],
    [0, 2],
    [0x21, 2],
    [entry.crc ?? crc32(bytes), 4],
    [packed.byteLength, 4],
    [entry.declaredBytes ?? bytes.byteLength, 4],
    [name.byteLength, 2],
    [0, 2],
  );
  const local = Buffer.concat([fields([0x04034b50, 4]), common, name, packed]);
  const tail = fields([0, 2], [0, 2], [0, 2], [0, 4], [offset, 4]);
  const directory = Buffer.concat([fields([0x02014b50, 4], [20, 2]), common, tail, name]);
  return { local, directory };
}

/** A zip archive, honest or not, for tests. */
export function writeZip(...entries: readonly ZipEntry[]): Uint8Array<ArrayBuffer> {
  const locals: Buffer[] = [];
  const directories: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const { local, directory } = writeEntry(entry, offset);
    locals.push(local);
    directories.push(directory);
    offset += local.byteLength;
  }
  const directoryBytes = directories.reduce((sum, { byteLength }) => sum + byteLength, 0);
  const count = entries.length;
  const end = fields(
    [0x06054b50, 4],
    [0, 4],
    [count, 2],
    [count, 2],
    [directoryBytes, 4],
    [offset, 4],
    [0, 2],
  );
  return Uint8Array.from(Buffer.concat([...locals, ...directories, end]));
}
