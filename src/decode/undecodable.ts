import { AppError } from '#src/domain/app-error.ts';

/** For error texts. */
export const acceptedFormats = 'PNG, JPEG, TIFF, WebP, BMP or GIF';

/** @param what public: says what is wrong with the file, in words, never a library's message */
export function undecodable(what: string, cause?: unknown): AppError {
  return new AppError('undecodable-image', `The image cannot be decoded: ${what}.`, { cause });
}

/** A form of a known format that no decoder here reads. */
export function unsupported(what: string): AppError {
  return new AppError(
    'unsupported-media-type',
    `${what} is not supported. Send it in another form, or as PNG.`,
  );
}
