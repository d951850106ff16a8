/** A value that survives `JSON.stringify` and `JSON.parse`. */
export type JsonValue =
  string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** The header of a frame: small, for what to do; bulk belongs into payloads. */
export type FrameHeader = Readonly<Record<string, JsonValue>>;

/**
 * Bytes to send: one view, or several that are written one after another and arrive as one payload. So the rows of a
 * batch are joined by the socket, without a buffer in which to join them.
 */
export type OutgoingPayload = Uint8Array | readonly Uint8Array[];

/** A message to send. The bytes must not be changed until the answer is there. */
export interface OutgoingFrame {
  readonly header: FrameHeader;
  readonly payloads: readonly OutgoingPayload[];
}

/** A received message. Each payload starts at byte 0 of an ArrayBuffer of its own, so any typed array fits on it. */
export interface Frame {
  readonly header: FrameHeader;
  readonly payloads: readonly Uint8Array<ArrayBuffer>[];
}

/** Bounds of one frame in either direction; a frame beyond them is refused before its bytes are allocated. */
export interface FrameLimits {
  readonly maxHeaderBytes: number;
  readonly maxPayloads: number;
  /** Sum over the payloads of one frame. */
  readonly maxPayloadBytes: number;
}

/** 64 kB of header, 64 payloads, 256 MiB in all: above any image or batch that the product lets in. */
export const defaultFrameLimits: FrameLimits = {
  maxHeaderBytes: 65_536,
  maxPayloads: 64,
  maxPayloadBytes: 268_435_456,
};

/** A peer that breaks the framing, or a frame beyond the limits. */
export class FrameError extends Error {
  override readonly name = 'FrameError';
}
