import { describe, expect, it } from 'vitest';
import { createDirectDecoder } from '#src/decode/create-direct-decoder.ts';
import { golden, readInput, sampleDigest, type DecodingCase } from '#test/golden/preprocess/read-golden.ts';
import { testContext, wideLimits } from './decode-fixture.ts';

const decoder = createDirectDecoder();

function expectedDescription(case_: DecodingCase) {
  return {
    format: case_.file.endsWith('.png') ? 'png' : 'jpeg',
    rows: case_.rows,
    columns: case_.columns,
    samplesPerPixel: case_.samplesPerPixel,
    bitsStored: case_.bitsStored,
    pixelRepresentation: 'unsigned',
    photometricInterpretation: case_.samplesPerPixel === 1 ? 'MONOCHROME2' : 'RGB',
    exifOrientation: case_.exifOrientation,
    notes: case_.notes === '' ? [] : case_.notes.split(' '),
  };
}

/*
 * Exact for lossy JPEG too: libjpeg-turbo's accurate integer DCT and its chroma upsampling give the same bytes in every
 * instruction set, so libvips and Pillow agree to the bit. A library that uses another DCT fails here, and should.
 */
describe(`decoding, against the samples that were written and Pillow ${golden.madeWith.pillow}`, () => {
  it.each(golden.decoding)('$file gives exactly the reference samples', async (case_) => {
    const { pixels, ...description } = await decoder.decode(
      readInput(case_.file),
      undefined,
      wideLimits,
      testContext(),
    );
    expect(description).toEqual(expectedDescription(case_));
    expect(pixels).toBeInstanceOf(case_.bitsStored > 8 ? Uint16Array : Uint8Array);
    expect(pixels).toHaveLength(case_.rows * case_.columns * case_.samplesPerPixel);
    expect(sampleDigest(pixels)).toBe(case_.sha256);
  });
});
