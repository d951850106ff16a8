import { expect, it } from 'vitest';
import { toSamples } from '#src/decode/tiff/block-samples.ts';

it('half floats are IEEE 754 binary16, subnormals and all, each exact as a single float', () => {
  // Bit patterns and their values from table 3.5 of IEEE 754-2008: 10 bits of fraction, exponents biased by 15.
  const cases: readonly (readonly [bits: number, value: number])[] = [
    [0x0000, 0],
    [0x8000, -0],
    [0x0001, 2 ** -24],
    [0x8001, -(2 ** -24)],
    [0x03ff, 1023 * 2 ** -24],
    [0x0400, 2 ** -14],
    [0x3555, 0.333251953125],
    [0x3c00, 1],
    [0xc000, -2],
    [0x7bff, 65_504],
    [0x7c00, Infinity],
    [0xfc00, -Infinity],
    [0x7e00, NaN],
  ];
  const bytes = new Uint8Array(2 * cases.length);
  const view = new DataView(bytes.buffer);
  cases.forEach(([bits], index) => view.setUint16(2 * index, bits, true));
  const half = { bitsPerSample: 16, representation: 'float' } as const;
  const samples = toSamples(bytes, half, cases.length, cases.length);
  expect(samples).toBeInstanceOf(Float32Array);
  cases.forEach(([, value], index) => expect(samples[index]).toBe(value));
});
