import { undecodable } from '#src/decode/undecodable.ts';

/** What the pages of one file that are taken out of it may take together. */
export interface PageAllowance {
  /**
   * Takes bytes; those that do not fit are not taken, so that pages behind a bad one are still served.
   * @throws AppError undecodable-image
   */
  take(bytes: number): void;
}

/**
 * As many bytes as the file has: every page has pixels and tables of its own, so an honest file never needs more. One whose pages
 * share theirs (a thousand pages of one strip of 60 MB) would otherwise become gigabytes of copies.
 */
export function createPageAllowance(fileBytes: number): PageAllowance {
  let left = fileBytes;
  return {
    take(bytes) {
      if (bytes > left)
        throw undecodable('the pages of the TIFF file need more bytes than it has; each needs its own');
      left -= bytes;
    },
  };
}
