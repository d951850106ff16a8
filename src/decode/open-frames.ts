import { isFormat } from './sniff-image.ts';
import { openByteSource } from './tiff/byte-source.ts';
import { extractPage } from './tiff/extract-page.ts';
import { createPageAllowance } from './tiff/page-allowance.ts';
import { findPages, readDirectory } from './tiff/read-directories.ts';

/** The frames of a file that can be asked for one by one. */
export interface FileFrames {
  readonly count: number;
  /**
   * A file of this frame alone (numbers from 1 to `count`), with no more bytes than the frame needs; undefined where the file has but
   * one. All files made by one `openFrames` together are about as large as the file at most (twice, where it is hardly more than
   * tables), and each takes some milliseconds, or as long as its bytes take to be copied.
   * @throws AppError undecodable-image (also: the pages share their bytes), unsupported-media-type
   */
  readonly extract: ((frameNumber: number) => Uint8Array) | undefined;
}

/**
 * The pages of a TIFF file; of anything else, also of an animation, the one frame that is decoded. Plain TypeScript that reads
 * directories only: some 10 ms at most, whatever the file, and eight bytes a page.
 * @throws AppError undecodable-image
 */
export function openFrames(bytes: Uint8Array): FileFrames {
  if (!isFormat.tiff(bytes)) return { count: 1, extract: undefined };
  const source = openByteSource(bytes);
  const pages = findPages(source);
  // The only page of a file is the file.
  if (pages.length === 1) return { count: 1, extract: undefined };
  const allowance = createPageAllowance(bytes.byteLength);
  const extract = (frameNumber: number) =>
    extractPage(source, readDirectory(source, pages[frameNumber - 1]!), allowance);
  return { count: pages.length, extract };
}
