import { AppError } from '#src/domain/app-error.ts';
import type { TiffHeader } from './image-header.ts';
import { openByteSource } from './tiff/byte-source.ts';
import { findPages, readDirectory } from './tiff/read-directories.ts';
import { readPage } from './tiff/read-page.ts';

/**
 * Everything that a TIFF file (TIFF 6.0, BigTIFF) says about one of its pages, without decoding.
 * @param bytes begin with II or MM and the version 42 or 43
 * @param frameNumber page, from 1 (undefined: the first); thumbnails and masks do not count
 * @throws AppError undecodable-image, unsupported-media-type, unusable-input (no such page)
 */
export function readTiffHeader(bytes: Uint8Array, frameNumber?: number): TiffHeader {
  const source = openByteSource(bytes);
  const pages = findPages(source);
  const start = pages[(frameNumber ?? 1) - 1];
  if (start === undefined) {
    throw new AppError(
      'unusable-input',
      `The file has ${pages.length} pages; there is no page ${frameNumber ?? 1}.`,
    );
  }
  const page = readPage(source, readDirectory(source, start));
  return {
    format: 'tiff',
    rows: page.rows,
    columns: page.columns,
    exifOrientation: page.orientation,
    hasIccProfile: page.hasIccProfile,
    page,
    frames: pages.length,
    isFirstByDefault: frameNumber === undefined,
  };
}
