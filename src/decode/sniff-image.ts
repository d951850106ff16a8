import { AppError } from '#src/domain/app-error.ts';
import type { ImageFormat } from '#src/domain/image-frame.ts';

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
  { name: 'TIFF', hint: later, matches: prefixed([0x49, 0x49, 0x2a, 0x00]) },
  { name: 'TIFF', hint: later, matches: prefixed([0x4d, 0x4d, 0x00, 0x2a]) },
  { name: 'BigTIFF', hint: later, matches: prefixed([0x49, 0x49, 0x2b, 0x00]) },
  { name: 'gzip (NIfTI)', hint: later, matches: prefixed([0x1f, 0x8b]) },
  { name: 'NIfTI', hint: later, matches: prefixed(ascii('n+1\0'), 344) },
  { name: 'ZIP', hint: later, matches: prefixed([0x50, 0x4b, 0x03, 0x04]) },
  { name: 'JPEG 2000', hint: never, matches: prefixed([0xff, 0x4f, 0xff, 0x51]) },
  { name: 'JPEG 2000', hint: never, matches: prefixed(ascii('jP  '), 4) },
  { name: 'JPEG XL', hint: never, matches: prefixed([0xff, 0x0a]) },
  { name: 'GIF', hint: never, matches: prefixed(ascii('GIF8')) },
  { name: 'BMP', hint: never, matches: prefixed(ascii('BM')) },
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
};

function formatOf(bytes: Uint8Array): ImageFormat {
  if (startsWith(bytes, pngSignature)) return 'png';
  if (startsWith(bytes, jpegSignature)) return 'jpeg';
  if (startsWith(bytes, ascii('RIFF')) && startsWith(bytes, ascii('WEBP'), 8)) return 'webp';
  const known = knownTypes.find((type) => type.matches(bytes));
  if (known !== undefined) {
    throw new AppError(
      'unsupported-media-type',
      `The content is ${known.name}, which ${known.hint}. Send PNG, JPEG or WebP.`,
    );
  }
  if (bytes.byteLength === 0) throw new AppError('undecodable-image', 'The file is empty.');
  throw new AppError(
    'unsupported-media-type',
    'The content is of no known image type. Send PNG, JPEG or WebP.',
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
