import type { AppError } from '#src/domain/app-error.ts';

/** Which frame of which file an item is; files and frames of the request are told apart by it. */
export interface FrameReference {
  /** Place of the file in the request, from 0; files of a zip archive count one by one. */
  readonly fileIndex: number;
  /** From 1. */
  readonly frameNumber: number;
  /** Frames of the file that can be asked for. */
  readonly frameCount: number;
}

/** One file of a request, or one frame of it, or why it could not even be read. */
export type UploadItem =
  | {
      readonly ok: true;
      readonly bytes: Uint8Array;
      readonly declaredType: string | undefined;
      /** Undefined: what a decoder gives unasked, the first frame. */
      readonly frame?: FrameReference;
      /** A file of that frame alone, made when it is its turn; undefined: the frame is the file. Rejects with AppError. */
      readonly extract?: (() => Promise<Uint8Array>) | undefined;
    }
  | { readonly ok: false; readonly error: AppError };

/** What became of item `index` of a request: files that fail do not stop the others. */
export type ItemResult<T> =
  | { readonly index: number; readonly ok: true; readonly value: T }
  | { readonly index: number; readonly ok: false; readonly error: AppError };
