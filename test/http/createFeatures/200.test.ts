import { describe, expect, test } from 'vitest';
import { inputToSource, patchToSource, type Geometry } from '#src/domain/geometry.ts';
import { featureTensors, postFeatures } from '#test/http/analyses.ts';
import { postFile, postForm, postJson } from '#test/http/bodies.ts';
import { createTestApp } from '#test/http/harness.ts';
import { dataUri, pngImage } from '#test/http/images.ts';
import { createTinyEncoder, tinyOutput } from '#test/http/tiny-model.ts';
import { asFloat32, readNpy } from '#test/support/read-arrays.ts';

interface DescribedItem {
  readonly index: number;
  readonly inputs: readonly { readonly row: number; readonly geometry: Geometry }[];
}

const png = await pngImage({ columns: 64, rows: 48 });
const itemsOf = (metadata: Readonly<Record<string, string>>): readonly DescribedItem[] =>
  JSON.parse(metadata['items']!) as DescribedItem[];
const half = (bytes: Uint8Array): number[] => Array.from(new Float16Array(bytes.slice().buffer));

describe('application/x-safetensors, the default', () => {
  test('holds the tokens as the encoder gave them, and the CLS token', async () => {
    const encoder = createTinyEncoder();
    const { response, tensors, metadata } = await featureTensors(createTestApp({ encoder }), postFile(png));
    expect([response.status, response.headers.get('content-type')]).toEqual([
      200,
      'application/x-safetensors',
    ]);
    const { clsToken, patchTokens } = tinyOutput(encoder.calls[0]!.input, ['cls', 'patch_tokens']);
    expect(encoder.calls[0]!.outputs).toEqual(['cls', 'patch_tokens']);
    expect(tensors['patch_tokens']).toMatchObject({ dtype: 'F16', shape: [1, 2, 2, 8] });
    expect(half(tensors['patch_tokens']!.bytes)).toEqual(Array.from(new Float16Array(patchTokens!.buffer)));
    expect(tensors['cls']).toMatchObject({ dtype: 'F32', shape: [1, 8] });
    expect(asFloat32(tensors['cls']!)).toEqual(clsToken);
    expect(JSON.parse(metadata['provenance']!)).toMatchObject({ model: 'tiny_vit_32', normalized: false });
    expect(JSON.parse(metadata['advisories']!)).toMatchObject([{ code: 'test-weights' }]);
    expect(response.headers.get('x-tessera-advisories')).toBe('test-weights');
  });

  test('fp32 is the same values, widened', async () => {
    const narrow = await featureTensors(createTestApp(), postFile(png));
    const wide = await featureTensors(createTestApp(), postFile(png), '?dtype=fp32');
    expect(wide.tensors['patch_tokens']!.dtype).toBe('F32');
    expect(Array.from(asFloat32(wide.tensors['patch_tokens']!))).toEqual(
      half(narrow.tensors['patch_tokens']!.bytes),
    );
  });

  test('the geometry of a row leads from its patches to source pixels', async () => {
    const { metadata } = await featureTensors(createTestApp(), postFile(png));
    const [item] = itemsOf(metadata);
    const { geometry } = item!.inputs[0]!;
    // 64×48 stretched to 32×32: a patch of 16 covers 32 columns and 24 rows of the source.
    expect(patchToSource(geometry, 1, 0)).toEqual({ from: { x: 0, y: 24 }, to: { x: 32, y: 48 } });
    expect(inputToSource(geometry, { x: 32, y: 32 })).toEqual({ x: 64, y: 48 });
  });

  test('tiles are rows of one image, each with its own place', async () => {
    const { tensors, metadata } = await featureTensors(createTestApp(), postFile(png), '?resize=tile');
    const [item] = itemsOf(metadata);
    const count = item!.inputs.length;
    expect(count).toBeGreaterThan(1);
    expect(tensors['patch_tokens']!.shape).toEqual([count, 2, 2, 8]);
    expect(item!.inputs.map(({ row }) => row)).toEqual(Array.from({ length: count }, (_, row) => row));
    const corners = item!.inputs.map(({ geometry }) => inputToSource(geometry, { x: 0, y: 0 }));
    expect(corners[0]).toEqual({ x: 0, y: 0 });
    expect(corners.at(-1)).toEqual({ x: 32, y: 16 });
  });

  test('several images keep their order, by form and by JSON alike', async () => {
    const dark = await pngImage({ from: 0, rise: 10 });
    const form = await featureTensors(createTestApp(), postForm(['file', png], ['file', dark]));
    const json = await featureTensors(createTestApp(), postJson({ input: [dataUri(png), dataUri(dark)] }));
    expect(form.tensors['patch_tokens']).toEqual(json.tensors['patch_tokens']);
    expect(Array.from(form.tensors['index']!.bytes)).toEqual([0, 0, 0, 0, 1, 0, 0, 0]);
  });
});

test('application/x-npy is the grid of patches of one image, with its geometry in a header', async () => {
  const init = { ...postFile(png), headers: { 'content-type': 'image/png', accept: 'application/x-npy' } };
  const response = await postFeatures(createTestApp(), init, '?dtype=fp32');
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/x-npy']);
  const array = readNpy(new Uint8Array(await response.arrayBuffer()));
  expect([array.dtype, array.shape]).toEqual(['<f4', [2, 2, 8]]);
  const { tensors, metadata } = await featureTensors(createTestApp(), postFile(png), '?dtype=fp32');
  expect(asFloat32(array)).toEqual(asFloat32(tensors['patch_tokens']!));
  expect(JSON.parse(response.headers.get('x-tessera-geometry')!)).toEqual(
    itemsOf(metadata)[0]!.inputs[0]!.geometry,
  );
});
