import { MultipartParser } from '@remix-run/multipart-parser';
import { AppError } from '#src/domain/app-error.ts';
import type { UploadItem } from '#src/pipeline/item-result.ts';
import type { HttpLimits } from '#src/http/deps.ts';
import type { ByteBudget, ByteLease } from './byte-budget.ts';
import { expandArchives } from './expand-archives.ts';
import { readBody } from './read-body.ts';
import {
  boundaryOf,
  collectField,
  isFinished,
  maxFields,
  nameOf,
  toItem,
  toParseError,
} from './read-multipart.ts';
import type { RawAnalysisRequest } from './read-multipart.ts';

/** Files of one part: one, or those of a zip archive. `release` gives their bytes back to the budget. */
export interface StreamedFiles {
  readonly items: readonly UploadItem[];
  readonly byteLength: number;
  release(): void;
}

export interface MultipartStream {
  /** Options of the parts before the first file; complete when that has come. */
  readonly options: Pick<RawAnalysisRequest, 'textOptions' | 'jsonOptions'>;
  readonly files: AsyncGenerator<StreamedFiles, void, undefined>;
}

export interface StreamFlow {
  readonly budget: ByteBudget;
  readonly maxItems: number;
  readonly signal: AbortSignal;
  /** Bytes have come. */
  readonly onChunk: () => void;
  /** Resolves to true when bytes held by this stream were given back, to false when it holds none that will be. */
  readonly waitForRelease: () => Promise<boolean>;
}

/** Charges bytes; when all requests together hold too much, this one waits while it can give something back itself. */
export async function chargeOrWait(lease: ByteLease, bytes: number, flow: StreamFlow): Promise<void> {
  for (;;) {
    try {
      lease.charge(bytes);
      return;
    } catch (thrown) {
      if (!(await flow.waitForRelease())) throw thrown;
    }
  }
}

/** For bytes that are charged elsewhere. */
export const freeLease: ByteLease = { charge: () => undefined, release: () => undefined };

/**
 * `multipart/form-data` as it arrives: options first, then `file` parts, any number of bytes in all. Not more is read than the
 * consumer takes, which holds back the sender. Throws what {@link readMultipart} throws, but only `files` does.
 */
export function streamMultipart(request: Request, limits: HttpLimits, flow: StreamFlow): MultipartStream {
  const record = <Value>() => Object.create(null) as Record<string, Value>;
  const options = { textOptions: record<string>(), jsonOptions: record<unknown>() };
  async function* files(): AsyncGenerator<StreamedFiles, void, undefined> {
    const parser = new MultipartParser(boundaryOf(request), {
      maxFileSize: limits.maxFileBytes,
      maxParts: flow.maxItems + maxFields,
      maxTotalSize: Number.MAX_SAFE_INTEGER,
    });
    // Bytes since the last whole part; a part that is complete takes them over.
    let lease = flow.budget.open();
    let byteLength = 0;
    let hasFile = false;
    try {
      const bounds = { maxBytes: Number.MAX_SAFE_INTEGER, lease: freeLease, signal: flow.signal };
      for await (const chunk of readBody(request, bounds)) {
        flow.onChunk();
        await chargeOrWait(lease, chunk.byteLength, flow);
        byteLength += chunk.byteLength;
        if (isFinished(parser)) continue;
        for (const part of parser.write(chunk)) {
          const name = nameOf(part);
          if (name !== 'file') {
            if (hasFile || part.filename !== undefined) throw strayPart(part.filename !== undefined);
            collectField(options, name, part);
            continue;
          }
          hasFile = true;
          const body = { maxBytes: limits.maxRequestBytes, lease, signal: flow.signal };
          const raw = { items: [toItem(part)], examples: [], ...options };
          const { items } = await expandArchives(raw, limits, body);
          const own = lease;
          const held = byteLength;
          lease = flow.budget.open();
          byteLength = 0;
          yield { items, byteLength: held, release: () => own.release() };
        }
      }
      parser.finish();
    } catch (thrown) {
      throw toParseError(thrown, limits);
    } finally {
      lease.release();
    }
  }
  return { options, files: files() };
}

const strayPart = (isFile: boolean): AppError =>
  new AppError(
    'malformed-request',
    isFile
      ? 'Files of a stream travel in parts named "file".'
      : 'In a stream, options come before the first file.',
  );
