import type { AppError } from '#src/domain/app-error.ts';

/** One file of a request, or why it could not even be read. */
export type UploadItem =
  | {
      readonly ok: true;
      readonly bytes: Uint8Array;
      readonly declaredType: string | undefined;
    }
  | { readonly ok: false; readonly error: AppError };

/** What became of item `index` of a request: files that fail do not stop the others. */
export type ItemResult<T> =
  | { readonly index: number; readonly ok: true; readonly value: T }
  | { readonly index: number; readonly ok: false; readonly error: AppError };
