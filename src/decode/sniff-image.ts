import { AppError } from '#src/domain/app-error.ts';
import { imageFormats, type ImageFormat } from '#src/domain/image-frame.ts';
import { acceptedFormats } from './undecodable.ts';

/** A type that is recognised by its first bytes but not decoded here. */
interface KnownType {
  readonly name: string;
  readonly hint: string;
  matches(bytes: Uint8Array): boolean;
}

const startsWith = (bytes: Uint8Array, prefix: readonly number[], at = 0): boolean =>
  prefix.every((byte, index) => bytes[at + index] === byte);
const ascii = (text: string): readonly number[] => Array.from(text, (char) => char.charCodeAt(0));
const prefixed =
  (prefix: readonly number[], at = 0) =>
  (bytes: Uint8Array): boolean =>
    startsWith(bytes, prefix, at);

const pngSignature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const jpegSignature = [0xff, 0xd8, 0xff];

const later = 'arrives in a later release';
const never = 'is not supported';
const knownTypes: readonly KnownType[] = [
  { name: 'DICOM', hint: later, matches: prefixed(ascii('DICM'), 128) },
  { name: 'gzip (NIfTI)', hint: later, matches: prefixed([0x1f, 0x8b]) },
  { name: 'NIfTI', hint: later, matches: prefixed(ascii('n+1\0'), 344) },
  { name: 'ZIP', hint: later, matches: prefixed([0x50, 0x4b, 0x03, 0x04]) },
  { name: 'JPEG 2000', hint: never, matches: prefixed([0xff, 0x4f, 0xff, 0x51]) },
  { name: 'JPEG 2000', hint: never, matches: prefixed(ascii('jP  '), 4) },
  { name: 'JPEG XL', hint: never, matches: prefixed([0xff, 0x0a]) },
  { name: 'HEIF or AVIF', hint: never, matches: prefixed(ascii('ftyp'), 4) },
  { name: 'PDF', hint: never, matches: prefixed(ascii('%PDF')) },
  {
    name: 'SVG or XML',
    hint: never,
    matches: (bytes) => startsWith(bytes, ascii('<svg')) || startsWith(bytes, ascii('<?xml')),
  },
];

/** Declared types that say nothing about the content, so cannot disagree with it. */
const neutralTypes = new Set(['', 'application/octet-stream', 'binary/octet-stream', 'image/*', '*/*']);
const declaredFormats: Readonly<Record<string, ImageFormat>> = {
  'image/png': 'png',
  'image/apng': 'png',
  'image/x-png': 'png',
  'image/jpeg': 'jpeg',
  'image/jpg': 'jpeg',
  'image/pjpeg': 'jpeg',
  'image/webp': 'webp',
  'image/tiff': 'tiff',
  'image/tif': 'tiff',
  'image/x-tiff': 'tiff',
  'image/bmp': 'bmp',
  'image/x-bmp': 'bmp',
  'image/x-ms-bmp': 'bmp',
  'image/gif': 'gif',
};

/** Little or big endian, version 42, or 43 for BigTIFF. */
const tiffSignatures = [0x2a, 0x2b].flatMap((version) => [
  [0x49, 0x49, version, 0],
  [0x4d, 0x4d, 0, version],
]);

/** Do the first bytes say that a file is of this format? */
export const isFormat: Readonly<Record<ImageFormat, (bytes: Uint8Array) => boolean>> = {
  png: prefixed(pngSignature),
  jpeg: prefixed(jpegSignature),
  webp: (bytes) => startsWith(bytes, ascii('RIFF')) && startsWith(bytes, ascii('WEBP'), 8),
  tiff: (bytes) => tiffSignatures.some((signature) => startsWith(bytes, signature)),
  // Two letters begin many a text, so the reserved zeros behind the size must be there too.
  bmp: (bytes) => startsWith(bytes, ascii('BM')) && startsWith(bytes, [0, 0, 0, 0], 6),
  gif: (bytes) => startsWith(bytes, ascii('GIF87a')) || startsWith(bytes, ascii('GIF89a')),
};

function formatOf(bytes: Uint8Array): ImageFormat {
  const format = imageFormats.find((name) => isFormat[name](bytes));
  if (format !== undefined) return format;
  const known = knownTypes.find((type) => type.matches(bytes));
  if (known !== undefined) {
    throw new AppError(
      'unsupported-media-type',
      `The content is ${known.name}, which ${known.hint}. Send ${acceptedFormats}.`,
    );
  }
  if (bytes.byteLength === 0) throw new AppError('undecodable-image', 'The file is empty.');
  throw new AppError(
    'unsupported-media-type',
    `The content is of no known image type. Send ${acceptedFormats}.`,
  );
}

/**
 * The format by the first bytes, never by name or declaration.
 * @param declaredType media type the client gave; parameters are ignored
 * @throws AppError unsupported-media-type, media-type-mismatch, undecodable-image (no bytes at all)
 */
export function sniffImage(bytes: Uint8Array, declaredType: string | undefined): ImageFormat {
  const format = formatOf(bytes);
  const declared = (declaredType ?? '').split(';')[0]!.trim().toLowerCase();
  if (neutralTypes.has(declared) || declaredFormats[declared] === format) return format;
  throw new AppError(
    'media-type-mismatch',
    `The content is ${format.toUpperCase()}, which is not the declared type.`,
  );
}
