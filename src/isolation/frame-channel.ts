import type { Duplex } from 'node:stream';
import { createFrameReader, frameMagic, preludeBytes } from './frame-reader.ts';
import { FrameError, type Frame, type FrameLimits, type OutgoingFrame } from './frame.ts';

export interface FrameChannel {
  /**
   * Writes one frame as one gathering write; payload bytes are not copied.
   * @throws FrameError when the frame is beyond the limits; nothing is written then, and the channel stays usable.
   */
  readonly send: (frame: OutgoingFrame) => void;
  /** Tells the peer, after what was sent, that nothing more comes: its channel closes. */
  readonly end: () => void;
  /** Closes at once. */
  readonly destroy: () => void;
}

export interface FrameChannelEvents {
  readonly onFrame: (frame: Frame) => void;
  /** Called once: the peer ended, the stream broke (`error`), or the peer broke the framing (a FrameError). */
  readonly onClose: (error: Error | undefined) => void;
}

const partsOf = (payload: Uint8Array | readonly Uint8Array[]): readonly Uint8Array[] =>
  payload instanceof Uint8Array ? [payload] : payload;

/** The prelude, the table of payload lengths and the header, as one buffer. */
function encodeHead(frame: OutgoingFrame, limits: FrameLimits): Buffer {
  const header = Buffer.from(JSON.stringify(frame.header), 'utf8');
  const lengths = frame.payloads.map((payload) =>
    partsOf(payload).reduce((sum, part) => sum + part.byteLength, 0),
  );
  const total = lengths.reduce((sum, length) => sum + length, 0);
  if (header.byteLength > limits.maxHeaderBytes) {
    throw new FrameError(`header of ${header.byteLength} bytes`);
  }
  if (lengths.length > limits.maxPayloads) throw new FrameError(`${lengths.length} payloads`);
  if (total > limits.maxPayloadBytes) throw new FrameError(`payloads of ${total} bytes`);
  const head = Buffer.allocUnsafe(preludeBytes + 4 * lengths.length + header.byteLength);
  head.writeUInt32LE(frameMagic, 0);
  head.writeUInt32LE(header.byteLength, 4);
  head.writeUInt32LE(lengths.length, 8);
  lengths.forEach((length, index) => head.writeUInt32LE(length, preludeBytes + 4 * index));
  header.copy(head, preludeBytes + 4 * lengths.length);
  return head;
}

/**
 * Frames over a byte stream (a socket pair between parent and child): a small JSON header and binary payloads.
 * Little endian; layout: magic, header bytes, payload count, payload lengths (uint32 each), header, payloads.
 */
export function createFrameChannel(
  stream: Duplex,
  limits: FrameLimits,
  events: FrameChannelEvents,
): FrameChannel {
  let isClosed = false;
  const close = (error: Error | undefined): void => {
    if (isClosed) return;
    isClosed = true;
    stream.destroy();
    events.onClose(error);
  };
  const read = createFrameReader(limits, events.onFrame);
  stream.on('data', (chunk: Buffer) => {
    if (isClosed) return;
    try {
      read(chunk);
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      close(error);
    }
  });
  stream.on('error', close);
  stream.on('end', () => close(undefined));
  stream.on('close', () => close(undefined));

  return {
    send: (frame) => {
      const head = encodeHead(frame, limits);
      if (isClosed) return;
      stream.cork();
      stream.write(head);
      for (const payload of frame.payloads) for (const part of partsOf(payload)) stream.write(part);
      stream.uncork();
    },
    end: () => stream.end(),
    destroy: () => close(undefined),
  };
}
