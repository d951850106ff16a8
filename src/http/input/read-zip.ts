import { crc32 } from 'node:zlib';
import { fromBufferPromise, type Entry, type ZipFile } from 'yauzl';
import { AppError } from '#src/domain/app-error.ts';
import type { UploadItem } from '#src/pipeline/item-result.ts';
import type { ByteLease } from './byte-budget.ts';
import { fileTooLarge } from './input-reference.ts';
import { joinChunks } from './read-body.ts';
import { tooManyItems } from './read-multipart.ts';

/** What bounds the unpacking of all archives of one request together. */
export interface UnpackBounds {
  /** Bytes of one unpacked file. */
  readonly maxFileBytes: number;
  /** Bytes of all unpacked files together. */
  readonly maxTotalBytes: number;
  /** Files of one archive. */
  readonly maxItems: number;
  readonly lease: ByteLease;
  readonly signal: AbortSignal;
}

/** One file of an archive: the folder it lies in directly (empty: none), and its bytes or why they cannot be had. */
export interface UnpackedFile {
  readonly folder: string;
  readonly item: UploadItem;
}

/** Local file header and end of central directory (an archive of nothing): APPNOTE.TXT 4.3.7 and 4.3.16. */
const signatures = [0x04034b50, 0x06054b50];

/** Do the bytes begin as a zip archive does? */
export const isZip = (bytes: Uint8Array): boolean =>
  bytes.byteLength >= 4 &&
  signatures.includes(new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true));

/** Folders, and what file managers leave behind, are listed too: so many times the files allowed. */
const entriesPerItem = 4;
/** Images hardly shrink, so what unpacks to far more than it is, is a bomb; the floor lets small blank images by. */
const maxRatio = 200;
const ratioFreeBytes = 16 * 1024 * 1024;

/** What yauzl says of a name that is no path inside the archive; everything else that it throws is damage. */
const nameFault = /^(absolute path|invalid relative path): /;

function broken(cause: unknown): AppError {
  const isName = cause instanceof Error && nameFault.test(cause.message);
  const detail = isName
    ? 'The zip archive names files outside itself; pack it anew from within its folder.'
    : 'The zip archive is damaged or cut off.';
  return new AppError('malformed-request', detail, { cause });
}
const tooMuch = (): AppError =>
  new AppError('payload-too-large', 'The files of the zip archive are too large together; send fewer.');

/** Folders, and files that systems put beside images unasked (`__MACOSX/`, `.DS_Store`, `Thumbs.db`). */
function isIgnored(path: readonly string[]): boolean {
  const name = path.at(-1) ?? '';
  return name === '' || name.startsWith('.') || name === 'Thumbs.db' || path.includes('__MACOSX');
}

/** Why an entry is refused before it is unpacked, by what the archive's directory says of it. */
function refusal(entry: Entry, { maxFileBytes }: UnpackBounds): AppError | undefined {
  if (entry.isEncrypted())
    return new AppError('unusable-input', 'The file is encrypted inside the zip archive.');
  if (!entry.canDecodeFileData()) {
    return new AppError(
      'unusable-input',
      `The file is packed by method ${entry.compressionMethod}; only stored and deflated ones are read.`,
    );
  }
  if (entry.uncompressedSize > maxFileBytes) return fileTooLarge(maxFileBytes);
  if (entry.uncompressedSize === 0) return new AppError('malformed-request', 'The file is empty.');
  return undefined;
}

/** Unpacks one entry. Its bytes are charged as they appear, so a directory that lies about sizes costs nothing. */
async function unpackEntry(zip: ZipFile, entry: Entry, lease: ByteLease): Promise<UploadItem> {
  const chunks: Uint8Array[] = [];
  let checksum = 0;
  try {
    // The stream itself ends with an error as soon as it yields other than the declared number of bytes.
    for await (const chunk of (await zip.openReadStreamPromise(entry)) as AsyncIterable<Buffer>) {
      lease.charge(chunk.byteLength);
      checksum = crc32(chunk, checksum);
      chunks.push(chunk);
    }
  } catch (thrown) {
    if (thrown instanceof AppError) throw thrown;
    return { ok: false, error: damagedFile(thrown) };
  }
  if (checksum !== entry.crc32) return { ok: false, error: damagedFile(new Error('CRC-32 differs')) };
  const bytes = joinChunks(chunks);
  if (isZip(bytes)) {
    const detail = 'A zip archive inside a zip archive is not unpacked.';
    return { ok: false, error: new AppError('unsupported-media-type', detail) };
  }
  return { ok: true, bytes, declaredType: undefined };
}

const damagedFile = (cause: unknown): AppError =>
  new AppError('undecodable-image', 'The file is damaged inside the zip archive.', { cause });

async function unpackEntries(
  zip: ZipFile,
  maxUnpacked: number,
  bounds: UnpackBounds,
): Promise<readonly UnpackedFile[]> {
  const files: UnpackedFile[] = [];
  let total = 0;
  for await (const entry of zip.eachEntry()) {
    if (bounds.signal.aborted) throw AppError.from(bounds.signal.reason);
    const path = entry.fileName.split('/');
    if (isIgnored(path)) continue;
    if (files.length === bounds.maxItems) throw tooManyItems(bounds.maxItems);
    const folder = path.at(-2) ?? '';
    const error = refusal(entry, bounds);
    if (error !== undefined) {
      files.push({ folder, item: { ok: false, error } });
      continue;
    }
    total += entry.uncompressedSize;
    if (total > maxUnpacked) throw tooMuch();
    files.push({ folder, item: await unpackEntry(zip, entry, bounds.lease) });
  }
  return files;
}

/**
 * The files of a zip archive in the order of its directory, each with the folder it lies in. A file that cannot be unpacked is
 * a failed item; names serve as labels only and are never paths. Throws AppError: `malformed-request` (no readable archive),
 * `too-many-items`, `payload-too-large`, `overloaded`, or the reason of the signal.
 */
export async function readZip(archive: Uint8Array, bounds: UnpackBounds): Promise<readonly UnpackedFile[]> {
  const buffer = Buffer.from(archive.buffer, archive.byteOffset, archive.byteLength);
  const maxUnpacked = Math.min(bounds.maxTotalBytes, ratioFreeBytes + maxRatio * archive.byteLength);
  try {
    const zip = await fromBufferPromise(buffer, { lazyEntries: true });
    if (zip.entryCount > entriesPerItem * bounds.maxItems) throw tooManyItems(bounds.maxItems);
    return await unpackEntries(zip, maxUnpacked, bounds);
  } catch (thrown) {
    throw thrown instanceof AppError ? thrown : broken(thrown);
  }
}
