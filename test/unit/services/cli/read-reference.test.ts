import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readReference } from '#services/cli/verify/read-reference.ts';
import { readSafetensors } from '#services/cli/verify/read-safetensors.ts';
import { renderSafetensors, type NamedTensor } from '#src/render/render-safetensors.ts';
import { tinySpec } from '#test/unit/infer/triton/model-fixtures.ts';

const bytesOf = (values: Float32Array | Float16Array) => new Uint8Array(values.buffer);
const tensor = (name: string, dtype: 'F16' | 'F32', shape: readonly number[], first = 0): NamedTensor => {
  const count = shape.reduce((product, size) => product * size, 1);
  const values = Array.from({ length: count }, (_, index) => first + index / 4);
  return {
    name,
    dtype,
    shape,
    values: bytesOf(dtype === 'F16' ? Float16Array.from(values) : Float32Array.from(values)),
  };
};
const whole = [
  // The half floats before the others: three of them, so that what follows is not aligned.
  tensor('odd', 'F16', [3]),
  tensor('cls', 'F32', [2, 8]),
  tensor('patch_mean', 'F32', [2, 8], 1),
  tensor('patch_tokens', 'F16', [2, 4, 8], 2),
];
const cases = { cases: 'ramp,disc' };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tessera-reference-test-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function read(bytes: Uint8Array, spec = tinySpec) {
  writeFileSync(join(folder, 'golden.safetensors'), bytes);
  const goldenDigest = createHash('sha256').update(bytes).digest('hex');
  writeFileSync(join(folder, 'export.json'), JSON.stringify({ goldenDigest }));
  return readReference(folder, spec);
}
const readTensors = (tensors: readonly NamedTensor[], metadata: Record<string, string> = cases) =>
  read(renderSafetensors(tensors, metadata));

describe('the reference of a model', () => {
  test('holds every value, halves widened', async () => {
    const reference = await readTensors(whole);
    expect(reference).toMatchObject({ cases: ['ramp', 'disc'] });
    if (typeof reference === 'string') return;
    expect([...reference.outputs.keys()]).toEqual(['cls', 'patch_mean', 'patch_tokens']);
    expect([...reference.outputs.get('cls')!]).toEqual(Array.from({ length: 16 }, (_, index) => index / 4));
    expect(reference.outputs.get('patch_tokens')!.at(-1)).toBe(2 + 63 / 4);
  });

  test('an output that the file lacks is not there', async () => {
    const reference = await readTensors(whole.slice(0, 2));
    expect(reference).toMatchObject({ outputs: new Map([['cls', expect.anything() as unknown]]) });
  });

  test.each([
    [
      'of another size',
      [tensor('patch_tokens', 'F16', [2, 9, 8])],
      cases,
      'patch_tokens [2, 9, 8], expected [2, 4, 8]',
    ],
    ['of fewer images than it names', [tensor('cls', 'F32', [1, 8])], cases, 'cls [1, 8], expected [2, 8]'],
    ['with an unknown image', whole, { cases: 'ramp,toString' }, 'an image of an unknown name: toString'],
    ['without names', whole, {}, 'an image of an unknown name'],
    ['with one name twice', whole, { cases: 'ramp,ramp' }, 'names an image twice'],
  ])('a file %s is refused', async (_, tensors, metadata, reason) => {
    expect(await readTensors(tensors, metadata as Record<string, string>)).toContain(reason);
  });

  test('a file that is not the exported one, is not listed, or is not there', async () => {
    expect(await readReference(folder, tinySpec)).toBe(
      'golden.safetensors is missing; export the model again',
    );
    const bytes = renderSafetensors(whole, cases);
    await read(bytes);
    writeFileSync(join(folder, 'golden.safetensors'), bytes.with(-1, bytes.at(-1)! ^ 1));
    expect(await readReference(folder, tinySpec)).toBe('golden.safetensors is not the exported file');
    for (const manifest of ['{}', '{']) {
      writeFileSync(join(folder, 'export.json'), manifest);
      expect(await readReference(folder, tinySpec)).toContain(
        'export.json holds no digest of golden.safetensors',
      );
    }
  });
});

describe('a safetensors file', () => {
  const file = renderSafetensors(whole, cases);
  const headerLength = Number(new DataView(file.buffer).getBigUint64(0, true));
  const withHeader = (change: (text: string) => string): Uint8Array => {
    const text = change(
      Buffer.from(file.subarray(8, 8 + headerLength))
        .toString()
        .trimEnd(),
    );
    const head = new Uint8Array(8 + text.length);
    new DataView(head.buffer).setBigUint64(0, BigInt(text.length), true);
    head.set(Buffer.from(text), 8);
    return Buffer.concat([head, file.subarray(8 + headerLength)]);
  };
  const replaced = (from: string, to: string) => () =>
    withHeader((text) => {
      expect(text).toContain(from);
      return text.replace(from, to);
    });

  test('is read as it was written', () => {
    expect(readSafetensors(file).tensors.get('odd')).toEqual({
      dtype: 'F16',
      shape: [3],
      values: Float32Array.of(0, 0.25, 0.5),
    });
    expect(readSafetensors(withHeader((text) => text)).metadata).toEqual(cases);
  });

  test.each<[string, () => Uint8Array]>([
    ['that is empty', () => new Uint8Array(4)],
    ['whose header is longer than the file', () => file.slice(0, 40)],
    ['that ends early', () => file.slice(0, -1)],
    ['with bytes that no tensor owns', () => Buffer.concat([file, Buffer.alloc(2)])],
    ['with a header that is no JSON', replaced('{', '[')],
    ['with another type', replaced('"F32"', '"I64"')],
    ['with a shape that does not fit', replaced('[2,8]', '[2,9]')],
    ['with a negative size', replaced('[2,8]', '[-2,-8]')],
    ['with tensors that overlap', replaced('[6,70]', '[0,64]')],
    ['with an entry of unknown form', replaced('"shape"', '"form"')],
  ])('%s is refused', (_, make) => {
    expect(() => readSafetensors(make())).toThrow();
  });
});
