import { describe, expect, it } from 'vitest';
import type { UploadBody } from '#src/client/exchange.ts';
import { multipartBody, streamMultipart, type Part } from '#src/client/multipart-body.ts';

/** Reads a body with the parser of Node's own Fetch: another implementation of the same standard. */

const parse = ({ open, contentType }: UploadBody): Promise<FormData> => {
  const response = new Response(open(), { headers: { 'content-type': contentType } });
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- discouraged for what strangers upload, which this is not
  return response.formData();
};

const bytes = Uint8Array.from([0, 13, 10, 45, 45, 255, 13, 10]);
const streamOf = (chunk: Uint8Array): ReadableStream<Uint8Array> =>
  new Blob([Uint8Array.from(chunk)]).stream();
const parts = (image: Uint8Array | ReadableStream<Uint8Array>): readonly Part[] => [
  { name: 'options', json: { pooling: 'cls', k: undefined, text: '–"\r\n' } },
  { name: 'file', image },
  { name: 'example:a "b"\nü', image: new File([bytes], 'Doe^Jane.png', { type: 'image/png' }) },
];

describe.each([
  ['of bytes', multipartBody(parts(bytes)), true],
  ['with a stream', multipartBody(parts(streamOf(bytes))), false],
  ['of parts that come', streamMultipart(parts(bytes)), false],
])('a form %s', (_, body, isReplayable) => {
  it('is what another parser reads', async () => {
    const form = await parse(body);
    expect([...form.keys()]).toEqual(['options', 'file', 'example:a "b"\nü']);
    expect(JSON.parse(form.get('options') as string)).toEqual({ pooling: 'cls', text: '–"\r\n' });
    const file = form.get('file') as File;
    expect(new Uint8Array(await file.arrayBuffer())).toEqual(bytes);
    expect(file.type).toBe('application/octet-stream');
    const example = form.get('example:a "b"\nü') as File;
    expect(new Uint8Array(await example.arrayBuffer())).toEqual(bytes);
    expect([example.type, example.name]).toEqual(['image/png', 'image']);
  });

  it('says whether it can be sent again', () => {
    expect(body.isReplayable).toBe(isReplayable);
  });
});

describe('a form of known bytes', () => {
  it('knows its length, and is the same bytes every time', async () => {
    const body = multipartBody(parts(bytes));
    const [first, second] = await Promise.all([1, 2].map(() => new Response(body.open()).bytes()));
    expect(first!.byteLength).toBe(body.byteLength);
    expect(second).toEqual(first);
  });

  it('never tells the name of a file, which may name a patient', async () => {
    expect(await new Response(multipartBody(parts(bytes)).open()).text()).not.toContain('Doe');
  });
});

describe('a form of parts that come', () => {
  it('opens a source when its turn comes, not before', async () => {
    const taken: number[] = [];
    function* sources(): Generator<Part> {
      for (let index = 0; index < 5; index += 1) {
        taken.push(index);
        yield { name: 'file', image: bytes };
      }
    }
    const reader = (streamMultipart(sources()).open() as ReadableStream<Uint8Array>).getReader();
    // A stream that reads ahead would have done so by the next turn of the event loop.
    await new Promise((resolve) => setImmediate(resolve));
    expect(taken).toEqual([]);
    // The first delimiter, then the head of the first part.
    await reader.read();
    expect(taken).toEqual([]);
    await reader.read();
    expect(taken).toEqual([0]);
    await reader.cancel();
    expect(taken).toEqual([0]);
  });

  it('keeps what its source threw', async () => {
    const fault = new Error('the disk is gone');
    const body = streamMultipart([
      {
        name: 'file',
        image: new ReadableStream<Uint8Array>({ pull: (controller) => controller.error(fault) }),
      },
    ]);
    await expect(new Response(body.open()).bytes()).rejects.toBe(fault);
    expect(body.sourceError?.()).toBe(fault);
  });

  it('tells a source that is not wanted any more', async () => {
    const { promise: isCancelled, resolve: onCancel } = Promise.withResolvers<string>();
    const image = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(bytes),
      cancel: () => onCancel('cancelled'),
    });
    const reader = (streamMultipart([{ name: 'file', image }]).open() as ReadableStream).getReader();
    for (let chunk = 0; chunk < 3; chunk += 1) await reader.read();
    await reader.cancel();
    expect(await isCancelled).toBe('cancelled');
  });
});
