import { describe, expect, it } from 'vitest';
import { AppError } from '#src/domain/app-error.ts';
import { sniffImage } from '#src/decode/sniff-image.ts';

const png = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
const jpeg = Uint8Array.of(0xff, 0xd8, 0xff, 0xe0);

function at(offset: number, text: string): Uint8Array {
  const bytes = new Uint8Array(offset + text.length + 8);
  bytes.set(new TextEncoder().encode(text), offset);
  return bytes;
}

function refusal(bytes: Uint8Array, declaredType?: string): AppError {
  try {
    sniffImage(bytes, declaredType);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('was accepted');
}

describe('sniffImage', () => {
  it.each([undefined, '', 'application/octet-stream', 'image/png', 'IMAGE/PNG; charset=binary'])(
    'takes a PNG declared as %j',
    (declared) => expect(sniffImage(png, declared)).toBe('png'),
  );

  it.each([undefined, 'image/jpeg', 'image/jpg', ' image/jpeg '])('takes a JPEG declared as %j', (declared) =>
    expect(sniffImage(jpeg, declared)).toBe('jpeg'),
  );

  it('takes a WebP, and no other RIFF', () => {
    expect(sniffImage(at(0, 'RIFF____WEBP'), 'image/webp')).toBe('webp');
    expect(refusal(at(0, 'RIFF____WAVE')).code).toBe('unsupported-media-type');
  });

  it.each([
    ['tiff', Uint8Array.of(0x49, 0x49, 0x2a, 0, 8, 0, 0, 0), 'image/tiff'],
    ['tiff', Uint8Array.of(0x4d, 0x4d, 0, 0x2a, 0, 0, 0, 8), 'image/tif'],
    ['tiff', Uint8Array.of(0x49, 0x49, 0x2b, 0, 8, 0, 0, 0), 'image/tiff'],
    ['tiff', Uint8Array.of(0x4d, 0x4d, 0, 0x2b, 0, 8, 0, 0), undefined],
    ['gif', at(0, 'GIF87a'), 'image/gif'],
    ['gif', at(0, 'GIF89a'), undefined],
    ['bmp', at(0, 'BM'), 'image/bmp'],
    ['bmp', at(0, 'BM'), 'image/x-ms-bmp'],
  ])('takes a %s by its first bytes (%#)', (format, bytes, declared) => {
    expect(sniffImage(bytes, declared)).toBe(format);
    expect(refusal(bytes, 'image/png').code).toBe('media-type-mismatch');
  });

  it('takes a text that begins with BM for no bitmap, and GIF88 for no GIF', () => {
    expect(refusal(at(0, 'BM is a text')).code).toBe('unsupported-media-type');
    expect(refusal(at(0, 'GIF88a')).code).toBe('unsupported-media-type');
  });

  it.each([
    [png, 'image/jpeg'],
    [jpeg, 'image/png'],
    [png, 'application/dicom'],
    [jpeg, 'text/plain'],
  ])('refuses content that is not of the declared type (%#)', (bytes, declared) => {
    expect(refusal(bytes, declared).code).toBe('media-type-mismatch');
  });

  it.each([
    ['DICOM', at(128, 'DICM'), 'later release'],
    ['gzip (NIfTI)', Uint8Array.of(0x1f, 0x8b, 8, 0), 'later release'],
    ['NIfTI', at(344, 'n+1\0'), 'later release'],
    ['ZIP', at(0, 'PK\u0003\u0004'), 'later release'],
    ['JPEG 2000', Uint8Array.of(0xff, 0x4f, 0xff, 0x51), 'not supported'],
    ['JPEG 2000', at(4, 'jP  '), 'not supported'],
    ['JPEG XL', Uint8Array.of(0xff, 0x0a, 0, 0), 'not supported'],
    ['HEIF or AVIF', at(4, 'ftypavif'), 'not supported'],
    ['PDF', at(0, '%PDF-1.7'), 'not supported'],
    ['SVG or XML', at(0, '<svg xmlns='), 'not supported'],
  ])('names %s and says what becomes of it', (name, bytes, hint) => {
    const error = refusal(bytes);
    expect(error.code).toBe('unsupported-media-type');
    expect(error.detail).toContain(name);
    expect(error.detail).toContain(hint);
  });

  it('calls text of no known type unsupported, and nothing at all undecodable', () => {
    expect(refusal(at(0, 'hello, world')).code).toBe('unsupported-media-type');
    expect(refusal(png.subarray(0, 7)).code).toBe('unsupported-media-type');
    expect(refusal(new Uint8Array(0)).code).toBe('undecodable-image');
  });
});
