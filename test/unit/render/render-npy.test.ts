import { expect, test } from 'vitest';
import { renderNpy } from '#src/render/render-npy.ts';
import { readNpy } from '#test/support/read-arrays.ts';

test('the header is the one that NumPy itself writes for the array', () => {
  const file = renderNpy('<f4', [2, 3], new Uint8Array(24));
  // numpy 2.4: np.save of np.zeros((2, 3), "<f4") begins with these 128 bytes.
  const header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }";
  const expected = `\x93NUMPY\x01\x00v\x00${header}${' '.repeat(118 - header.length - 1)}\n`;
  expect(Buffer.from(file.subarray(0, 128)).toString('latin1')).toBe(expected);
  expect(file.length).toBe(128 + 24);
});

test.each([
  [[4], 16],
  [[0, 192], 0],
  [[1, 14, 14, 192], 1 * 14 * 14 * 192 * 4],
])('shape %j comes back, and its %i bytes', (shape, length) => {
  const values = Uint8Array.from({ length }, (_, index) => index % 251);
  const read = readNpy(renderNpy('<f4', shape, values));
  expect(read.shape).toEqual(shape);
  expect(Buffer.compare(read.bytes, values)).toBe(0);
});
