import { describe, expect, it } from 'vitest';
import { createDirectDecoder } from '#src/decode/create-direct-decoder.ts';
import { parseWindow } from '#src/preprocess/parse-window.ts';
import { preprocessImage } from '#src/preprocess/preprocess-image.ts';
import { sampleDigest } from '#test/golden/preprocess/read-golden.ts';
import { readTiff, tiffGolden } from '#test/golden/tiff/read-tiff-golden.ts';
import { testContext, wideLimits } from '#test/unit/decode/decode-fixture.ts';
import { specOf } from './preprocess-fixture.ts';

const decoder = createDirectDecoder();

/** Planes → interleaved, as Pillow has it; one plane of a gray image, of which all three are alike. */
function toInterleaved(planes: Uint8Array, samplesPerPixel: number): Uint8Array {
  const size = planes.length / 3;
  if (samplesPerPixel === 3)
    return Uint8Array.from(planes, (_, at) => planes[(at % 3) * size + Math.floor(at / 3)]!);
  for (const from of [size, 2 * size])
    expect(planes.subarray(from, from + size)).toEqual(planes.subarray(0, size));
  return planes.subarray(0, size);
}

/* The contract is one level; they are equal to the bit, so that is what is held. */
describe(`from TIFF to model input, against numpy and Pillow ${tiffGolden.madeWith.pillow}`, () => {
  it.each(tiffGolden.prepared)('$file, window=$window at $height × $width', async (case_) => {
    const { file, window, height, width, sha256 } = case_;
    const frame = await decoder.decode(readTiff(file), 'image/tiff', wideLimits, testContext());
    const options = { resize: 'stretch', window: parseWindow(window) } as const;
    const { inputs } = preprocessImage(frame, specOf(height, width), options);
    expect(sampleDigest(toInterleaved(inputs[0]!.pixels, frame.samplesPerPixel))).toBe(sha256);
  });
});
