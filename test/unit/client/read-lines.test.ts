import { describe, expect, it } from 'vitest';
import { decodeVector } from '#src/client/decode-vector.ts';
import { readLines } from '#src/client/read-lines.ts';

const streamOf = (...chunks: readonly (string | Uint8Array)[]): ReadableStream<Uint8Array> =>
  new ReadableStream({
    start(controller) {
      for (const chunk of chunks) {
        controller.enqueue(typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk);
      }
      controller.close();
    },
  });
const readAll = async (stream: ReadableStream<Uint8Array>) => Array.fromAsync(readLines(stream, undefined));

describe('lines of a reply', () => {
  it('are the same wherever the chunks are cut, inside a character too', async () => {
    const text = new TextEncoder().encode('{"object":"ü"}\n\n{"object":"b"}\n');
    for (let cut = 0; cut <= text.length; cut += 1) {
      const lines = await readAll(streamOf(text.subarray(0, cut), text.subarray(cut)));
      expect(lines).toEqual([{ object: 'ü' }, { object: 'b' }]);
    }
  });

  it.each([
    ['{"object":"a"}\n{"obj', 'cut'],
    ['<html>\n', 'not JSON'],
    ['[]\n', 'not an object'],
    ['null\n', 'not an object'],
    ['{"object":1}\n', 'not an object'],
  ])('%j is a broken reply', async (text, message) => {
    await expect(readAll(streamOf(text))).rejects.toMatchObject({
      name: 'TesseraConnectionError',
      kind: 'broken-reply',
      message: expect.stringContaining(message) as string,
    });
  });

  it('without an end are given up, not collected for ever', async () => {
    const chunk = new Uint8Array(1024 * 1024).fill(65);
    const endless = new ReadableStream<Uint8Array>({ pull: (controller) => controller.enqueue(chunk) });
    await expect(readAll(endless)).rejects.toThrow('has no end');
  });

  it('cancel the reply when their reader leaves', async () => {
    let isCancelled = false;
    const stream = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new TextEncoder().encode('{"object":"a"}\n')),
      cancel() {
        isCancelled = true;
      },
    });
    for await (const line of readLines(stream, undefined)) {
      expect(line).toEqual({ object: 'a' });
      break;
    }
    expect(isCancelled).toBe(true);
  });
});

describe('a vector', () => {
  it('is little-endian float32: 1 and -2, written by hand', () => {
    // 1 = 0x3F800000, -2 = 0xC0000000, lowest byte first.
    const base64 = Buffer.from([0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0]).toString('base64');
    expect([...decodeVector(base64)]).toEqual([1, -2]);
  });

  it.each([[''], ['AAA='], ['***'], [null], [undefined], [[1, 2]]])('%j is none', (value) => {
    expect(() => decodeVector(value)).toThrow(expect.objectContaining({ kind: 'broken-reply' }) as Error);
  });
});
