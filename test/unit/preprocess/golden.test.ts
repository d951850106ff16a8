import { describe, expect, it } from 'vitest';
import type { ImageFrame } from '#src/domain/image-frame.ts';
import { parseWindow } from '#src/preprocess/parse-window.ts';
import { preprocessImage } from '#src/preprocess/preprocess-image.ts';
import {
  golden,
  readExpected,
  sampleDigest,
  type PreprocessingCase,
} from '#test/golden/preprocess/read-golden.ts';
import { makePattern } from './pattern.ts';

function frameOf(case_: PreprocessingCase): ImageFrame {
  const { pattern, rows, columns, channels, bits } = case_;
  return {
    format: 'png',
    rows,
    columns,
    samplesPerPixel: channels,
    bitsStored: bits,
    pixelRepresentation: 'unsigned',
    photometricInterpretation: channels === 1 ? 'MONOCHROME2' : 'RGB',
    pixels: makePattern(pattern, rows, columns, channels, bits),
    exifOrientation: 1,
    notes: [],
  };
}

function prepare(case_: PreprocessingCase): Uint8Array {
  const { height, width, resize, window, channels } = case_;
  const input = { name: 'images', channels, height, width, mean: [], std: [] };
  const { inputs } = preprocessImage(
    frameOf(case_),
    { input, patchSize: 16 },
    { resize, window: parseWindow(window) },
  );
  expect(inputs).toHaveLength(1);
  return inputs[0]!.pixels;
}

/** Planar, as a model input is. */
function toPlanar(interleaved: Uint8Array, channels: number): Uint8Array {
  const plane = interleaved.length / channels;
  return Uint8Array.from(
    interleaved,
    (_, at) => interleaved[(at % plane) * channels + Math.floor(at / plane)]!,
  );
}

const largestDifference = (a: Uint8Array, b: Uint8Array): number =>
  a.reduce((most, level, at) => Math.max(most, Math.abs(level - b[at]!)), 0);

describe(`preprocessing against Pillow ${golden.madeWith.pillow} on lossless input`, () => {
  it.each(golden.preprocessing)('$name is within one level at every pixel', (case_) => {
    const expected = readExpected(case_.sha256);
    expect(sampleDigest(expected)).toBe(case_.sha256);
    const actual = prepare(case_);
    expect(actual).toHaveLength(expected.length);
    expect(largestDifference(actual, toPlanar(expected, case_.channels))).toBeLessThanOrEqual(1);
  });

  it('is bit-equal in every case, which is more than the contract asks', () => {
    const unequal = golden.preprocessing.filter(
      (case_) => largestDifference(prepare(case_), toPlanar(readExpected(case_.sha256), case_.channels)) > 0,
    );
    expect(unequal.map(({ name }) => name)).toEqual([]);
  });
});
