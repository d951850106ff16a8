import { AppError } from '#src/domain/app-error.ts';
import type { LabelledUpload } from '#src/pipeline/classify-images.ts';
import type { UploadItem } from '#src/pipeline/item-result.ts';
import type { HttpLimits } from '#src/http/deps.ts';
import type { BodyBounds } from './read-body.ts';
import { tooManyItems, type RawAnalysisRequest } from './read-multipart.ts';
import { isZip, readZip, type UnpackBounds, type UnpackedFile } from './read-zip.ts';

/** Media types of a zip archive; Windows says the second. */
export const zipTypes: readonly string[] = ['application/zip', 'application/x-zip-compressed'];
/** Types that leave it to the bytes what they are. */
const openTypes: readonly (string | undefined)[] = [undefined, '', 'application/octet-stream', ...zipTypes];

/** Faults of the whole call, not of one archive in it: limits, and the end of the request. */
const callCodes: readonly string[] = [
  'too-many-items',
  'payload-too-large',
  'overloaded',
  'request-cancelled',
  'deadline-exceeded',
];

const noFile = (): AppError => new AppError('malformed-request', 'The zip archive holds no file.');

/** The files of one upload: of an archive those in it, of a damaged one a single failed item, of anything else itself. */
async function filesOf(item: UploadItem, bounds: UnpackBounds): Promise<readonly UnpackedFile[]> {
  const asItIs = [{ folder: '', item }];
  if (!item.ok || !openTypes.includes(item.declaredType)) return asItIs;
  if (!isZip(item.bytes)) {
    if (!zipTypes.includes(item.declaredType ?? '')) return asItIs;
    const error = new AppError('media-type-mismatch', 'The file was declared as zip but is none.');
    return [{ folder: '', item: { ok: false, error } }];
  }
  try {
    const files = await readZip(item.bytes, bounds);
    if (files.length > 0) return files;
    throw noFile();
  } catch (thrown) {
    const error = AppError.from(thrown);
    if (callCodes.includes(error.code)) throw error;
    return [{ folder: '', item: { ok: false, error } }];
  }
}

/** Examples of an `examples` part: each file's folder is its label. What is no such archive fails the call. */
async function labelledFilesOf(archive: UploadItem, bounds: UnpackBounds): Promise<LabelledUpload[]> {
  if (!archive.ok) throw archive.error;
  if (!isZip(archive.bytes)) {
    throw new AppError('malformed-request', 'The part "examples" must hold a zip archive.', {
      faults: [{ pointer: '/examples', detail: 'Not a zip archive.' }],
    });
  }
  const files = await readZip(archive.bytes, bounds);
  if (files.length === 0) throw noFile();
  return files.map(({ folder, item }) => {
    if (folder !== '') return { label: folder, item };
    throw new AppError(
      'malformed-request',
      'Each file of the examples lies in a folder named for its label.',
      {
        faults: [{ pointer: '/examples', detail: 'A file lies in no folder.' }],
      },
    );
  });
}

/** Unpacked bytes of all archives of a request together may be as many as its own may be. */
function createSharedBounds(limits: HttpLimits, { lease, signal }: BodyBounds): UnpackBounds {
  let total = 0;
  const counted = {
    charge(bytes: number): void {
      total += bytes;
      if (total > limits.maxRequestBytes) {
        throw new AppError(
          'payload-too-large',
          `The unpacked files of a request may be ${limits.maxRequestBytes} bytes large together.`,
        );
      }
      lease.charge(bytes);
    },
    release: () => lease.release(),
  };
  const { maxFileBytes, maxRequestBytes, maxItems } = limits;
  return { maxFileBytes, maxTotalBytes: maxRequestBytes, maxItems, lease: counted, signal };
}

/**
 * The request with its zip archives replaced by what they hold, in their order: a `file` part or bare body becomes as many items,
 * an `example:<label>` part as many examples of its label, an `examples` part examples labelled by their folders.
 */
export async function expandArchives(
  raw: RawAnalysisRequest,
  limits: HttpLimits,
  body: BodyBounds,
): Promise<RawAnalysisRequest> {
  const bounds = createSharedBounds(limits, body);
  const items: UploadItem[] = [];
  const examples: LabelledUpload[] = [];
  const assertCount = (): void => {
    if (items.length + examples.length > limits.maxItems) throw tooManyItems(limits.maxItems);
  };
  for (const upload of raw.items) {
    items.push(...(await filesOf(upload, bounds)).map(({ item }) => item));
    assertCount();
  }
  for (const { label, item: upload } of raw.examples) {
    examples.push(...(await filesOf(upload, bounds)).map(({ item }) => ({ label, item })));
    assertCount();
  }
  for (const archive of raw.exampleArchives ?? []) {
    examples.push(...(await labelledFilesOf(archive, bounds)));
    assertCount();
  }
  return { ...raw, items, examples };
}
