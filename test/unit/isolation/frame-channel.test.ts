import { duplexPair } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createFrameChannel } from '#src/isolation/frame-channel.ts';
import { createFrameReader } from '#src/isolation/frame-reader.ts';
import {
  defaultFrameLimits,
  FrameError,
  type Frame,
  type FrameHeader,
  type OutgoingFrame,
} from '#src/isolation/frame.ts';

const nothing = { onFrame: () => {}, onClose: () => {} };

/** The bytes that a channel writes for these frames. */
async function bytesOf(frames: readonly OutgoingFrame[]): Promise<Buffer> {
  const [near, far] = duplexPair();
  const chunks: Buffer[] = [];
  far.on('data', (chunk: Buffer) => chunks.push(chunk));
  const ended = new Promise((resolve) => far.once('end', resolve));
  const channel = createFrameChannel(near, defaultFrameLimits, nothing);
  for (const frame of frames) channel.send(frame);
  channel.end();
  await ended;
  channel.destroy();
  return Buffer.concat(chunks);
}

const anyPayload = fc.uint8Array({ maxLength: 300 });
const anyFrame = fc.record({
  header: fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null)), {
    noNullPrototype: true,
  }),
  payloads: fc.array(fc.oneof(anyPayload, fc.array(anyPayload, { maxLength: 3 })), { maxLength: 4 }),
});

/** Arbitrary bytes, half of them behind a right magic, so that the checks after it are reached. */
const anyBytes = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc.uint8Array({ maxLength: 200 }).map((rest) => new Uint8Array([...Buffer.from('TSR1'), ...rest])),
);

const joined = (payload: Uint8Array | readonly Uint8Array[]): number[] =>
  payload instanceof Uint8Array ? [...payload] : payload.flatMap((part) => [...part]);

describe('frames over a stream', () => {
  test('arrive whole and in order however the stream is cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyFrame, { minLength: 1, maxLength: 4 }),
        fc.array(fc.integer({ min: 1, max: 64 }), { minLength: 1 }),
        async (frames, cuts) => {
          const bytes = await bytesOf(frames);
          const received: Frame[] = [];
          const read = createFrameReader(defaultFrameLimits, (frame) => received.push(frame));
          for (let offset = 0, turn = 0; offset < bytes.length; turn += 1) {
            const size = cuts[turn % cuts.length]!;
            read(bytes.subarray(offset, offset + size));
            offset += size;
          }
          expect(received.map((frame) => frame.header)).toEqual(frames.map((frame) => frame.header));
          expect(received.map((frame) => frame.payloads.map((payload) => [...payload]))).toEqual(
            frames.map((frame) => frame.payloads.map(joined)),
          );
        },
      ),
      { numRuns: 150 },
    );
  });

  test('give each payload an ArrayBuffer of its own, so that any typed array can be laid on it', async () => {
    const bytes = await bytesOf([{ header: {}, payloads: [new Uint8Array(3), new Uint8Array(8).fill(7)] }]);
    let frame: Frame | undefined;
    createFrameReader(defaultFrameLimits, (received) => (frame = received))(bytes);
    expect(frame!.payloads.map((payload) => payload.byteOffset)).toEqual([0, 0]);
    expect(new Float64Array(frame!.payloads[1]!.buffer).length).toBe(1);
  });

  test('never make the reader throw anything but FrameError on arbitrary bytes', () => {
    fc.assert(
      fc.property(anyBytes, (garbage) => {
        const read = createFrameReader(defaultFrameLimits, () => {});
        try {
          read(garbage);
        } catch (error) {
          expect(error).toBeInstanceOf(FrameError);
        }
      }),
    );
  });

  test.each<[string, OutgoingFrame]>([
    ['header', { header: { long: 'x'.repeat(100) }, payloads: [] }],
    ['payload count', { header: {}, payloads: [new Uint8Array(1), new Uint8Array(1), new Uint8Array(1)] }],
    ['payload bytes', { header: {}, payloads: [[new Uint8Array(60), new Uint8Array(60)]] }],
  ])('beyond the limit of %s are refused on both sides', async (_, frame) => {
    const limits = { maxHeaderBytes: 64, maxPayloads: 2, maxPayloadBytes: 100 };
    const [near] = duplexPair();
    const channel = createFrameChannel(near, limits, nothing);
    expect(() => channel.send(frame)).toThrow(FrameError);
    const bytes = await bytesOf([frame]);
    expect(() => createFrameReader(limits, () => {})(bytes)).toThrow(FrameError);
  });

  test.each(['[1]', '"text"', '{', 'null'])('with the header %s are refused', (text) => {
    const bytes = Buffer.alloc(12 + text.length);
    bytes.write('TSR1', 0, 'latin1');
    bytes.writeUInt32LE(text.length, 4);
    bytes.write(text, 12);
    expect(() => createFrameReader(defaultFrameLimits, () => {})(bytes)).toThrow(FrameError);
  });
});

describe('a frame channel', () => {
  const channelPair = () => {
    const [near, far] = duplexPair();
    const { promise: closed, resolve } = Promise.withResolvers<Error | undefined>();
    const frames: FrameHeader[] = [];
    createFrameChannel(far, defaultFrameLimits, {
      onFrame: (frame) => frames.push(frame.header),
      onClose: resolve,
    });
    return { near, closed, frames };
  };

  test('closes with a FrameError when the peer breaks the framing', async () => {
    const { near, closed } = channelPair();
    near.write('HTTP/1.1 200 OK\r\n');
    expect(await closed).toBeInstanceOf(FrameError);
  });

  test('closes without an error when the peer ends', async () => {
    const { near, closed, frames } = channelPair();
    const channel = createFrameChannel(near, defaultFrameLimits, nothing);
    channel.send({ header: { n: 1 }, payloads: [] });
    channel.end();
    expect(await closed).toBeUndefined();
    expect(frames).toEqual([{ n: 1 }]);
  });

  test('drops what is sent after it closed', async () => {
    const [near] = duplexPair();
    const { promise: closed, resolve } = Promise.withResolvers<unknown>();
    const channel = createFrameChannel(near, defaultFrameLimits, { onFrame: () => {}, onClose: resolve });
    channel.destroy();
    await closed;
    expect(() => channel.send({ header: {}, payloads: [] })).not.toThrow();
  });
});
