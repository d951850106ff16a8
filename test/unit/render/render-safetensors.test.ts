import { expect, test } from 'vitest';
import { renderSafetensors } from '#src/render/render-safetensors.ts';
import { readSafetensors } from '#test/support/read-arrays.ts';

const bytes = (length: number, start: number): Uint8Array =>
  Uint8Array.from({ length }, (_, index) => start + index);

test('tensors and metadata come back as they were, and data begin at a multiple of 8', () => {
  const file = renderSafetensors(
    [
      { name: 'a', dtype: 'F32', shape: [1, 3], values: bytes(12, 1) },
      { name: 'b ü', dtype: 'F16', shape: [3], values: bytes(6, 100) },
      { name: 'empty', dtype: 'I32', shape: [0], values: bytes(0, 0) },
    ],
    { provenance: '{"a":"ü"}' },
  );
  const headerLength = Number(new DataView(file.buffer).getBigUint64(0, true));
  expect(headerLength % 8).toBe(0);
  const { tensors, metadata } = readSafetensors(file);
  expect(metadata).toEqual({ provenance: '{"a":"ü"}' });
  expect(tensors['a']).toEqual({ dtype: 'F32', shape: [1, 3], bytes: bytes(12, 1) });
  expect(tensors['b ü']).toEqual({ dtype: 'F16', shape: [3], bytes: bytes(6, 100) });
  expect(tensors['empty']).toEqual({ dtype: 'I32', shape: [0], bytes: bytes(0, 0) });
});
