import { describe, expect, it } from 'vitest';
import { createDirectDecoder } from '#src/decode/create-direct-decoder.ts';
import type { AppError } from '#src/domain/app-error.ts';
import { sampleDigest } from '#test/golden/preprocess/read-golden.ts';
import { readTiff, tiffGolden } from '#test/golden/tiff/read-tiff-golden.ts';
import { testContext, wideLimits } from '#test/unit/decode/decode-fixture.ts';

const decoder = createDirectDecoder();
const decode = (file: string, frameNumber?: number) =>
  decoder.decode(readTiff(file), 'image/tiff', wideLimits, testContext(), frameNumber);
const { pillow, tifffile } = tiffGolden.madeWith;

describe(`TIFF, against the samples that were written, tifffile ${tifffile} and Pillow ${pillow}`, () => {
  it.each(tiffGolden.cases)('$file gives exactly the reference samples', async (case_) => {
    const { file, sha256, rows, columns, samplesPerPixel, bitsStored, exifOrientation, notes } = case_;
    const { pixelRepresentation, photometricInterpretation } = case_;
    const size = { rows, columns, samplesPerPixel, bitsStored };
    const kind = { pixelRepresentation, photometricInterpretation, exifOrientation };
    const { pixels, ...description } = await decode(file);
    expect(description).toEqual({
      format: 'tiff',
      ...size,
      ...kind,
      notes: notes === '' ? [] : notes.split(' '),
    });
    expect(pixels).toHaveLength(case_.rows * case_.columns * case_.samplesPerPixel);
    expect(sampleDigest(pixels)).toBe(sha256);
  });

  it.each(tiffGolden.cases.filter(({ pages }) => pages !== undefined))(
    '$file gives every page, thumbnails left out',
    async ({ file, pages = [] }) => {
      for (const [index, sha256] of pages.entries()) {
        const frame = await decode(file, index + 1);
        expect(sampleDigest(frame.pixels)).toBe(sha256);
        // The note is for those who did not ask.
        expect(frame.notes).toEqual([]);
      }
      const beyond = await decode(file, pages.length + 1).catch((thrown: unknown) => thrown);
      expect(beyond).toMatchObject({ code: 'unusable-input' });
      expect((beyond as AppError).detail).toContain(`${pages.length} pages`);
    },
  );

  it.each([
    ['unsupported-group4.tif', 'CCITT Group 4'],
    ['unsupported-lzma.tif', 'LZMA'],
    ['unsupported-uint64.tif', 'unsigned samples of 64 bits'],
  ])('%s is refused by name', async (file, name) => {
    const error = await decode(file).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'unsupported-media-type' });
    expect((error as AppError).detail).toContain(name);
  });
});
