import { crc32 } from 'node:zlib';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { encodeGrayPng } from '#test/bench/few-shot/encode-gray-png.ts';
import { readNpz } from '#test/bench/few-shot/read-npz.ts';

// numpy 2.4.6: savez and savez_compressed of a = arange(6, dtype=uint8).reshape(2, 3) and b = zeros((4, 1), uint8).
const stored =
  'UEsDBC0AAAAAAAAAIQB+ntfP//////////8FABQAYS5ucHkBABAAhgAAAAAAAACGAAAAAAAAAJNOVU1QWQEAdgB7J2Rlc2NyJzogJ3x1MScsICdmb3J0cmFuX29yZGVyJzogRmFsc2UsICdzaGFwZSc6ICgyLCAzKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAKAAECAwQFUEsDBC0AAAAAAAAAIQCGH2Fi//////////8FABQAYi5ucHkBABAAhAAAAAAAAACEAAAAAAAAAJNOVU1QWQEAdgB7J2Rlc2NyJzogJ3x1MScsICdmb3J0cmFuX29yZGVyJzogRmFsc2UsICdzaGFwZSc6ICg0LCAxKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAKAAAAAFBLAQItAy0AAAAAAAAAIQB+ntfPhgAAAIYAAAAFAAAAAAAAAAAAAACAAQAAAABhLm5weVBLAQItAy0AAAAAAAAAIQCGH2FihAAAAIQAAAAFAAAAAAAAAAAAAACAAb0AAABiLm5weVBLBQYAAAAAAgACAGYAAAB4AQAAAAA=';
const deflated =
  'UEsDBC0AAAAIAAAAIQB+ntfP//////////8FABQAYS5ucHkBABAAhgAAAAAAAABMAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6loF5Taqiuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GkY6CsaaOgq1CmQDLgZGJmYWVgBQSwMELQAAAAgAAAAhAIYfYWL//////////wUAFABiLm5weQEAEACEAAAAAAAAAEkAAAAAAAAAm+wX6hsQychQxlCtnpJanFykbqWgXlNqqK6joJ6WX1RSlJgXn1+UkgoSd0vMKU4FihdnJBakAvkaJjoKhpo6CrUKZAMuBiAAAFBLAQItAy0AAAAIAAAAIQB+ntfPTAAAAIYAAAAFAAAAAAAAAAAAAACAAQAAAABhLm5weVBLAQItAy0AAAAIAAAAIQCGH2FiSQAAAIQAAAAFAAAAAAAAAAAAAACAAYMAAABiLm5weVBLBQYAAAAAAgACAGYAAAADAQAAAAA=';

describe('readNpz', () => {
  it.each([
    ['stored', stored],
    ['deflated', deflated],
  ])('reads what NumPy wrote: %s', (_, base64) => {
    const arrays = readNpz(Buffer.from(base64, 'base64'));
    expect([...arrays].map(([name, { shape, values }]) => [name, shape, [...values]])).toEqual([
      ['a', [2, 3], [0, 1, 2, 3, 4, 5]],
      ['b', [4, 1], [0, 0, 0, 0]],
    ]);
  });

  it('refuses what is no zip', () => {
    expect(() => readNpz(Buffer.alloc(100))).toThrow('Not a zip');
  });
});

describe('encodeGrayPng', () => {
  it('writes what libvips reads back pixel for pixel', async () => {
    const pixels = Uint8Array.from({ length: 5 * 7 }, (_, i) => crc32(String(i)) & 0xff);
    const { data, info } = await sharp(encodeGrayPng(pixels, 5, 7))
      .toColourspace('b-w')
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect([info.width, info.height, info.channels]).toEqual([7, 5, 1]);
    expect([...data]).toEqual([...pixels]);
  });
});
