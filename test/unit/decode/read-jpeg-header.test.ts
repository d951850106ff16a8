import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '#src/domain/app-error.ts';
import { readJpegHeader } from '#src/decode/read-jpeg-header.ts';
import { readInput } from '#test/golden/preprocess/read-golden.ts';
import { damaged } from './damage.ts';

const refusal = (bytes: Uint8Array): AppError | undefined => {
  try {
    readJpegHeader(bytes);
    return undefined;
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
};

/** Offset of the first frame header's marker byte. */
function frameAt(bytes: Uint8Array): number {
  return bytes.findIndex((byte, at) => bytes[at - 1] === 0xff && byte >= 0xc0 && byte <= 0xc3);
}

/** The file with one byte changed, counted from the frame header's marker byte: 3 precision, 4–5 rows, 6–7 columns, 8 components. */
function patched(file: string, fromFrame: number, value: number): Uint8Array {
  const bytes = readInput(file);
  bytes[frameAt(bytes) + fromFrame] = value;
  return bytes;
}

describe('readJpegHeader', () => {
  it.each([
    ['jpeg-gray.jpg', { process: 'baseline', precision: 8, components: 1, rows: 45, columns: 61 }],
    ['jpeg-ycc420-progressive.jpg', { process: 'progressive', components: 3 }],
    ['jpeg-rgb-adobe.jpg', { components: 3, adobeTransform: 0 }],
    ['jpeg-cmyk.jpg', { components: 4, adobeTransform: 0 }],
    ['jpeg-ycck.jpg', { components: 4, adobeTransform: 2 }],
    ['jpeg-cmyk-no-adobe.jpg', { components: 4, adobeTransform: undefined }],
    ['jpeg-ycc420-icc.jpg', { hasIccProfile: true }],
    ['jpeg-ycc-exif8.jpg', { exifOrientation: 8 }],
    ['lossless-gray16-p5.jpg', { process: 'lossless', precision: 16, components: 1, rows: 9, columns: 13 }],
  ])('reads %s', (file, expected) => expect(readJpegHeader(readInput(file))).toMatchObject(expected));

  it.each([
    ['arithmetic coding', patched('jpeg-gray.jpg', 0, 0xc9), 'arithmetic'],
    ['hierarchical coding', patched('jpeg-gray.jpg', 0, 0xc5), 'Hierarchical'],
    ['JPEG-LS', patched('jpeg-gray.jpg', 0, 0xf7), 'JPEG-LS'],
    ['12 bits with loss', readInput('unsupported-jpeg-12bit.jpg'), '12 bits'],
  ])('names %s as unsupported', (_, bytes, word) => {
    expect(refusal(bytes)?.code).toBe('unsupported-media-type');
    expect(refusal(bytes)?.detail).toContain(word);
  });

  it('refuses a height of 0 as unsupported, a width of 0 and a wrong component count as damage', () => {
    const noHeight = patched('jpeg-gray.jpg', 5, 0);
    noHeight[frameAt(noHeight) + 4] = 0;
    expect(refusal(noHeight)?.code).toBe('unsupported-media-type');
    expect(refusal(patched('jpeg-gray.jpg', 7, 0))?.code).toBe('undecodable-image');
    expect(refusal(patched('jpeg-gray.jpg', 8, 3))?.code).toBe('undecodable-image');
    expect(refusal(patched('jpeg-gray.jpg', 3, 9))?.code).toBe('undecodable-image');
  });

  it('steps over fill bytes between segments', () => {
    const file = readInput('jpeg-gray.jpg');
    const filled = Uint8Array.from([...file.subarray(0, 2), 0xff, 0xff, 0xff, ...file.subarray(2)]);
    expect(readJpegHeader(filled)).toEqual(readJpegHeader(file));
  });

  it('reads or refuses any damaged file, and throws nothing else', () => {
    const files = ['jpeg-gray.jpg', 'jpeg-ycc-exif8.jpg', 'jpeg-cmyk.jpg', 'lossless-gray16-p1.jpg'].map(
      readInput,
    );
    fc.assert(
      fc.property(fc.oneof(...files.map(damaged)), (bytes) => {
        if (bytes.length < 3) return;
        const code = refusal(bytes)?.code ?? 'accepted';
        expect(['accepted', 'undecodable-image', 'unsupported-media-type']).toContain(code);
      }),
      { numRuns: 2000 },
    );
  });
});
