import { FrameError, type Frame, type FrameHeader, type FrameLimits } from './frame.ts';

/** "TSR1", read little endian: a peer that speaks something else is found at its first bytes. */
export const frameMagic = 0x31525354;
/** magic, header bytes, payload count: three uint32, little endian. */
export const preludeBytes = 12;

/** A payload buffer of its own; not zero-filled, since every byte is written before anybody sees it. */
const allocate = (length: number): Uint8Array<ArrayBuffer> => Buffer.allocUnsafeSlow(length);

function checkPrelude(prelude: Uint8Array, limits: FrameLimits): { headerBytes: number; count: number } {
  const view = new DataView(prelude.buffer, prelude.byteOffset);
  if (view.getUint32(0, true) !== frameMagic) throw new FrameError('not a frame');
  const headerBytes = view.getUint32(4, true);
  const count = view.getUint32(8, true);
  if (headerBytes > limits.maxHeaderBytes) throw new FrameError(`header of ${headerBytes} bytes`);
  if (count > limits.maxPayloads) throw new FrameError(`${count} payloads`);
  return { headerBytes, count };
}

function payloadLengths(head: Uint8Array, count: number, limits: FrameLimits): number[] {
  const view = new DataView(head.buffer, head.byteOffset);
  const lengths = Array.from({ length: count }, (_, index) => view.getUint32(4 * index, true));
  const total = lengths.reduce((sum, length) => sum + length, 0);
  if (total > limits.maxPayloadBytes) throw new FrameError(`payloads of ${total} bytes`);
  return lengths;
}

function parseHeader(bytes: Uint8Array): FrameHeader {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'));
  } catch (cause) {
    throw new FrameError('header is not JSON', { cause });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new FrameError('header is not an object');
  }
  return value as FrameHeader;
}

/**
 * Cuts a byte stream, however it is chunked, into frames. Bytes go from a chunk straight into the buffer of the
 * announced size: one copy, and no list of chunks to join.
 * The returned function throws FrameError on a stream that is not framed or beyond the limits; it must not be called again then.
 */
export function createFrameReader(
  limits: FrameLimits,
  onFrame: (frame: Frame) => void,
): (chunk: Uint8Array) => void {
  let target = allocate(preludeBytes);
  let filled = 0;
  let stage: 'prelude' | 'head' | 'payload' = 'prelude';
  let count = 0;
  let header: FrameHeader = {};
  let payloads: Uint8Array<ArrayBuffer>[] = [];
  let position = 0;

  const expect = (next: typeof stage, buffer: Uint8Array<ArrayBuffer>): void => {
    stage = next;
    target = buffer;
    filled = 0;
  };

  const nextPayload = (): void => {
    while (position < payloads.length && payloads[position]!.byteLength === 0) position += 1;
    if (position < payloads.length) {
      expect('payload', payloads[position]!);
      return;
    }
    const frame = { header, payloads };
    expect('prelude', allocate(preludeBytes));
    onFrame(frame);
  };

  const advance = (): void => {
    if (stage === 'prelude') {
      const prelude = checkPrelude(target, limits);
      count = prelude.count;
      expect('head', allocate(4 * count + prelude.headerBytes));
      return;
    }
    if (stage === 'head') {
      header = parseHeader(target.subarray(4 * count));
      payloads = payloadLengths(target, count, limits).map(allocate);
      position = 0;
      nextPayload();
      return;
    }
    position += 1;
    nextPayload();
  };

  return (chunk) => {
    let offset = 0;
    while (offset < chunk.byteLength) {
      const take = Math.min(target.byteLength - filled, chunk.byteLength - offset);
      target.set(chunk.subarray(offset, offset + take), filled);
      filled += take;
      offset += take;
      if (filled === target.byteLength) advance();
    }
  };
}
