import { describe, expect, test } from 'vitest';
import { embed, okItems, postEmbeddings, vectorsOf } from '#test/http/analyses.ts';
import { postFile, postForm } from '#test/http/bodies.ts';
import { createTestApp, expectProblem } from '#test/http/harness.ts';
import { jpegImage, pngImage } from '#test/http/images.ts';
import { asFloat32, readNpy, readSafetensors } from '#test/support/read-arrays.ts';

const png = await pngImage();
const jpeg = await jpegImage();
const broken = png.subarray(0, 60);

const post = async (accept: string, ...files: readonly Uint8Array<ArrayBuffer>[]): Promise<Response> => {
  const init =
    files.length === 1
      ? postFile(files[0]!)
      : await postForm(...files.map((file) => ['file', file] as const));
  const headers = new Headers(init.headers);
  headers.set('accept', accept);
  return postEmbeddings(createTestApp(), { ...init, headers });
};
const bytesOf = async (response: Response): Promise<Uint8Array> =>
  new Uint8Array(await response.arrayBuffer());

describe('application/x-npy', () => {
  test('is a float32 matrix with one row per image, equal to the JSON reply', async () => {
    const response = await post('application/x-npy', png, jpeg);
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/x-npy']);
    const array = readNpy(await bytesOf(response));
    expect([array.dtype, array.shape]).toEqual(['<f4', [2, 8]]);
    const reply = await embed(createTestApp(), postForm(['file', png], ['file', jpeg]));
    expect(Array.from(asFloat32(array))).toEqual(vectorsOf(reply).flat());
    expect(response.headers.get('x-tessera-embedding-space')).toBe(reply.provenance.embeddingSpace);
    expect(response.headers.get('x-tessera-stamp')).toBe(reply.provenance.stamp);
    expect(response.headers.get('x-tessera-advisories')).toBe('test-weights');
  });

  test('has no place for an error, so one failed item fails the call and is named', async () => {
    const problem = await expectProblem(
      await post('application/x-npy', png, broken),
      422,
      'undecodable-image',
    );
    expect(problem.errors).toMatchObject([{ pointer: '/input/1' }]);
  });
});

describe('application/x-safetensors', () => {
  test('holds the vectors, which item each row is, the provenance and the sources', async () => {
    const response = await post('application/x-safetensors', png, jpeg);
    expect([response.status, response.headers.get('content-type')]).toEqual([
      200,
      'application/x-safetensors',
    ]);
    const { tensors, metadata } = readSafetensors(await bytesOf(response));
    const reply = await embed(createTestApp(), postForm(['file', png], ['file', jpeg]));
    expect(Array.from(asFloat32(tensors['embeddings']!))).toEqual(vectorsOf(reply).flat());
    expect(Array.from(tensors['index']!.bytes)).toEqual([0, 0, 0, 0, 1, 0, 0, 0]);
    expect(JSON.parse(metadata['provenance']!)).toEqual(reply.provenance);
    expect(JSON.parse(metadata['advisories']!)).toEqual(reply.advisories);
    const items = okItems(reply).map(({ index, source, advisories }) => ({ index, source, advisories }));
    expect(JSON.parse(metadata['items']!)).toEqual(items);
  });

  test('with a failed item: 207, its error in the metadata, and no row for it', async () => {
    const response = await post('application/x-safetensors', broken, png);
    expect(response.status).toBe(207);
    const { tensors, metadata } = readSafetensors(await bytesOf(response));
    expect(tensors['embeddings']!.shape).toEqual([1, 8]);
    expect(Array.from(tensors['index']!.bytes)).toEqual([1, 0, 0, 0]);
    expect(JSON.parse(metadata['items']!)).toMatchObject([
      { index: 0, error: { code: 'undecodable-image', status: 422 } },
      { index: 1 },
    ]);
  });

  test('when every item failed, the reply is the problem', async () => {
    await expectProblem(await post('application/x-safetensors', broken), 422, 'undecodable-image');
  });
});

test.each([
  ['application/x-npy;q=0.5, application/json;q=0.9', 'application/json'],
  ['application/x-npy, application/json;q=0.9', 'application/x-npy'],
  ['application/*', 'application/json'],
  ['application/json;q=0, */*', 'application/x-npy'],
])('Accept %s gets %s', async (accept, mediaType) => {
  const response = await post(accept, png);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe(mediaType);
});
