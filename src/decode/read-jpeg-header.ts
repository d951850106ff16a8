import type { JpegHeader, JpegProcess } from './image-header.ts';
import { readExifOrientation } from './read-exif-orientation.ts';
import { undecodable, unsupported } from './undecodable.ts';
import { walkJpegSegments } from './walk-jpeg-segments.ts';

const processes: Readonly<Record<number, JpegProcess>> = {
  0xc0: 'baseline',
  0xc1: 'extended',
  0xc2: 'progressive',
  0xc3: 'lossless',
};
/** Frame headers of processes that nothing here decodes. */
const foreignProcesses: Readonly<Record<number, string>> = {
  0xc5: 'Hierarchical JPEG',
  0xc6: 'Hierarchical JPEG',
  0xc7: 'Hierarchical JPEG',
  0xc9: 'JPEG with arithmetic coding',
  0xca: 'JPEG with arithmetic coding',
  0xcb: 'JPEG with arithmetic coding',
  0xcd: 'Hierarchical JPEG',
  0xce: 'Hierarchical JPEG',
  0xcf: 'Hierarchical JPEG',
  0xf7: 'JPEG-LS',
};

const hasPrefix = (content: Uint8Array, text: string): boolean =>
  content.byteLength >= text.length &&
  Array.from(text).every((char, index) => content[index] === char.charCodeAt(0));

type Frame = Pick<JpegHeader, 'rows' | 'columns' | 'precision' | 'process' | 'components'>;

/** Frame header (T.81, B.2.2): precision, lines, samples per line, number of components, 3 bytes each. */
function readFrameHeader(content: Uint8Array, process: JpegProcess): Frame {
  if (content.byteLength < 6) throw undecodable('the JPEG header is not valid');
  const precision = content[0]!;
  const rows = content[1]! * 256 + content[2]!;
  const columns = content[3]! * 256 + content[4]!;
  const components = content[5]!;
  if (content.byteLength !== 6 + 3 * components || columns === 0) {
    throw undecodable('the JPEG header is not valid');
  }
  // T.81 allows a height of 0 that a DNL segment behind the first scan corrects; no common decoder reads it.
  if (rows === 0) throw unsupported('A JPEG without a height');
  if (components !== 1 && components !== 3 && components !== 4) {
    throw unsupported(`A JPEG of ${components} components`);
  }
  if (process === 'lossless') {
    if (precision < 2 || precision > 16) throw undecodable('the JPEG header is not valid');
    if (components === 4) throw unsupported('Lossless JPEG of 4 components');
  } else if (precision !== 8) {
    if (precision === 12 && process !== 'baseline') throw unsupported('Lossy JPEG of 12 bits');
    throw undecodable('the JPEG header is not valid');
  }
  return { rows, columns, precision, process, components };
}

/**
 * Everything a JPEG says about itself before its first scan.
 * @param bytes begin with SOI
 * @throws AppError undecodable-image, unsupported-media-type (processes and precisions that nothing here decodes)
 */
export function readJpegHeader(bytes: Uint8Array): JpegHeader {
  let frame: Frame | undefined;
  let exifOrientation: number | undefined;
  let hasIccProfile = false;
  let adobeTransform: number | undefined;
  let hasScan = false;
  for (const { marker, content } of walkJpegSegments(bytes, 2)) {
    const process = processes[marker];
    const foreign = foreignProcesses[marker];
    if (foreign !== undefined) throw unsupported(foreign);
    if (process !== undefined) {
      if (frame !== undefined) throw undecodable('the JPEG file has two headers');
      frame = readFrameHeader(content, process);
    } else if (marker === 0xe1 && hasPrefix(content, 'Exif\0\0')) {
      exifOrientation ??= readExifOrientation(content.subarray(6));
    } else if (marker === 0xe2 && hasPrefix(content, 'ICC_PROFILE\0')) {
      hasIccProfile = true;
    } else if (marker === 0xee && content.byteLength >= 12 && hasPrefix(content, 'Adobe')) {
      adobeTransform = content[11];
    }
    hasScan ||= marker === 0xda;
  }
  if (frame === undefined || !hasScan) throw undecodable('the JPEG file has no pixels');
  return { format: 'jpeg', ...frame, exifOrientation: exifOrientation ?? 1, hasIccProfile, adobeTransform };
}
